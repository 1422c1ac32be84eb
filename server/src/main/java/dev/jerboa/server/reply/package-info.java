/** A reply between engine and dialect: what is ordered, and what comes back, event by event. */
@NullMarked
package dev.jerboa.server.reply;

import org.jspecify.annotations.NullMarked;
