package dev.jerboa.gateway.ledger;

import java.time.Instant;
import java.util.Optional;

/**
 * Which events are asked for; they come newest first.
 *
 * @param key of one key only
 * @param account of one account only, without those below it
 * @param from the earliest beginning
 * @param to the beginning behind the latest
 * @param cursor {@link EventPage#next} of the page before
 * @param limit the most of them, 1 to 1,000
 */
public record EventQuery(
        Optional<String> key, Optional<String> account, Instant from, Instant to, Optional<String> cursor, int limit) {
    public static final int MOST = 1000;

    /** @throws IllegalArgumentException where the limit is none */
    public EventQuery {
        if (limit < 1 || limit > MOST) {
            throw new IllegalArgumentException("a page of " + limit + " events: expected 1 to " + MOST);
        }
    }

    public static EventQuery all(Instant from, Instant to, int limit) {
        return new EventQuery(Optional.empty(), Optional.empty(), from, to, Optional.empty(), limit);
    }

    public EventQuery after(String next) {
        return new EventQuery(key, account, from, to, Optional.of(next), limit);
    }
}
