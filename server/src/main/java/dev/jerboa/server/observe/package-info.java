/** What can be seen of a running server: health, metrics, status. */
@NullMarked
package dev.jerboa.server.observe;

import org.jspecify.annotations.NullMarked;
