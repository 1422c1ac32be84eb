package dev.jerboa.server.market;

import io.helidon.webserver.http.ServerRequest;

/** Tells who asks. Thread-safe. */
@FunctionalInterface
public interface Access {
    /**
     * Who sent a request.
     *
     * @throws dev.jerboa.server.http.HttpError where it has no key that may be used
     */
    Caller of(ServerRequest request);
}
