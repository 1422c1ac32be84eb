/** The page that people chat in: files of the jar of jerboa-web, where it was built with them. */
@NullMarked
package dev.jerboa.server.page;

import org.jspecify.annotations.NullMarked;
