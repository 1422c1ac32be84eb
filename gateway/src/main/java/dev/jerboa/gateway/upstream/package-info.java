/**
 * One attempt at a remote endpoint: the call, its time limits, what the answer's status means, and a tap on the bytes for usage.
 */
@NullMarked
package dev.jerboa.gateway.upstream;

import org.jspecify.annotations.NullMarked;
