/** The streams that a command talks through, and what is drawn on a terminal. */
@NullMarked
package dev.jerboa.cli.term;

import org.jspecify.annotations.NullMarked;
