/** The dialect of Anthropic: messages, and counts of their tokens. */
@NullMarked
package dev.jerboa.server.anthropic;

import org.jspecify.annotations.NullMarked;
