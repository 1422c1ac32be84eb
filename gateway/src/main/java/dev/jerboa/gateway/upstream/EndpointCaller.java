package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.Provider;
import dev.jerboa.gateway.dialect.ClientRequest;

/**
 * Makes one attempt at an endpoint: this package's own for remote ones, the server's for the engine in this process, which writes every
 * dialect itself. Thread-safe.
 */
public interface EndpointCaller {
    /**
     * Sends a request to an endpoint and its reply to the client, all but its last bytes, which the result has.
     *
     * @param id the generation's id, from which ids within the reply are made
     * @param key which of the provider's secrets, from 0
     * @param sink where the reply goes; not begun
     * @return how it ended; never throws for what the endpoint or the client does
     */
    CallResult call(ClientRequest request, String id, Endpoint endpoint, Provider provider, int key, ReplySink sink);
}
