package dev.jerboa.gateway.ledger;

/**
 * One try at an endpoint.
 *
 * @param endpoint its id
 * @param status the HTTP status; 0 where there was none, 200 for the local engine
 * @param outcome {@code ok}, or what went wrong in a word: {@code connect}, {@code timeout}, {@code first_token_timeout}, {@code idle},
 *     {@code cut}, {@code rate_limited}, {@code payment}, {@code auth}, {@code refused}, {@code server_error}, {@code invalid},
 *     {@code client_gone}
 * @param millis how long it took
 * @param billed whether the provider is thought to charge for it
 */
public record Attempt(String endpoint, int status, String outcome, long millis, boolean billed) {}
