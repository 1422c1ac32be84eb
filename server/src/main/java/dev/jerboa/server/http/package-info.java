/**
 * What all routes have in common: limits, keys, bodies, errors, event streams.
 *
 * <pre>
 * ThreadedConnection: a system's thread while the client is at work, a virtual one while it is silent
 *   → Connections: bytes of a client that may leave at any time → Guard: host, origin, key → Routes: path, method → Body → Fields
 *   what cannot be served → HttpError → the dialect's own shape and status
 *   the client is gone → ClientGoneException: the connection is closed, nothing is logged
 * </pre>
 */
@NullMarked
package dev.jerboa.server.http;

import org.jspecify.annotations.NullMarked;
