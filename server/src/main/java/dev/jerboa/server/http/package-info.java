/** What all routes have in common: limits, keys, bodies, errors, event streams. */
@NullMarked
package dev.jerboa.server.http;

import org.jspecify.annotations.NullMarked;
