/** The gateway's one file, as an immutable tree of records. */
@NullMarked
package dev.jerboa.gateway.config;

import org.jspecify.annotations.NullMarked;
