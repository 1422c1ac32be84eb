package dev.jerboa.gateway.dialect;

import java.util.List;

/**
 * What an endpoint says where it does not answer.
 *
 * @param kind what it means
 * @param message in the endpoint's words, shortened, without anything that looks like a key; never empty
 * @param code the endpoint's own word for it ({@code context_length_exceeded}, {@code overloaded_error}); empty where it has none
 * @param reasons why a moderation flagged the request, as far as the endpoint says
 * @param flaggedInput the beginning of what it flagged; empty where it does not say
 */
public record EndpointError(ErrorKind kind, String message, String code, List<String> reasons, String flaggedInput) {
    public EndpointError {
        reasons = List.copyOf(reasons);
    }

    /** An error that is no moderation's. */
    public EndpointError(ErrorKind kind, String message, String code) {
        this(kind, message, code, List.of(), "");
    }
}
