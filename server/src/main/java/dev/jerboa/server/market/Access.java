package dev.jerboa.server.market;

import io.helidon.webserver.http.ServerRequest;

/** Tells who asks. Thread-safe. */
@FunctionalInterface
public interface Access {
    /**
     * Who sent a request; {@link Asker#nobody} where it has no key and its path may be open to those.
     *
     * @throws dev.jerboa.server.http.HttpError where its key may not be used
     */
    Asker of(ServerRequest request);
}
