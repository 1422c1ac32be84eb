package dev.jerboa.gateway.dialect;

import java.util.List;

/**
 * What an endpoint is sent.
 *
 * @param path where, below the base of its provider
 * @param body JSON in its dialect; the client's own bytes, the same array, where nothing had to change; not to be changed
 * @param warnings what of the request the endpoint will not hear of, and why: for the client, each a line without line breaks
 */
public record EndpointRequest(String path, byte[] body, List<String> warnings) {
    public EndpointRequest {
        warnings = List.copyOf(warnings);
    }
}
