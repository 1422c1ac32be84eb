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
 * @param possibleCostNanos the most that the provider may charge for a try that did not answer, an estimate, in nano-dollars: no account
 *     is charged for it. 0 where it answered, as its cost is then the event's, and where nothing was sent or the provider refused
 */
public record Attempt(
        String endpoint, int status, String outcome, long millis, boolean billed, long possibleCostNanos) {
    /** @throws IllegalArgumentException where the possible cost is negative */
    public Attempt {
        if (possibleCostNanos < 0) {
            throw new IllegalArgumentException("an attempt at " + endpoint + " may have cost " + possibleCostNanos
                    + " nano-dollars: expected 0 or more");
        }
    }

    /** A try that can have cost nothing beside what the event says. */
    public Attempt(String endpoint, int status, String outcome, long millis, boolean billed) {
        this(endpoint, status, outcome, millis, billed, 0);
    }

    /** The same, with what it may have cost. */
    public Attempt withPossibleCost(long nanos) {
        return new Attempt(endpoint, status, outcome, millis, billed, nanos);
    }
}
