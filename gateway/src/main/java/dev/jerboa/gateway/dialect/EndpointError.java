package dev.jerboa.gateway.dialect;

/**
 * What an endpoint says where it does not answer.
 *
 * @param kind what it means
 * @param message in the endpoint's words, shortened, without anything that looks like a key; never empty
 * @param code the endpoint's own word for it ({@code context_length_exceeded}, {@code overloaded_error}); empty where it has none
 */
public record EndpointError(ErrorKind kind, String message, String code) {}
