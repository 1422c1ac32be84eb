/** A hub over HTTP: lists of files, what a file is, and its bytes from a place on. */
@NullMarked
package dev.jerboa.hub.remote;

import org.jspecify.annotations.NullMarked;
