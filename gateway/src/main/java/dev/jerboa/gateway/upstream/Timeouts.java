package dev.jerboa.gateway.upstream;

import java.time.Duration;

/**
 * How long an attempt at an endpoint waits, in milliseconds.
 *
 * @param connect for a connection, encryption included
 * @param firstToken from the request to the first content; for a reply that comes as a whole, to its head
 * @param idle between two pieces of a reply
 * @param total for all of it
 * @param keepAlive after so long without a piece, a client that takes events is sent a comment
 */
public record Timeouts(int connect, int firstToken, int idle, int total, int keepAlive) {
    public static final Timeouts DEFAULTS = of(
            Duration.ofSeconds(5),
            Duration.ofSeconds(120),
            Duration.ofSeconds(60),
            Duration.ofMinutes(30),
            Duration.ofSeconds(10));

    /** @throws IllegalArgumentException where one is not positive */
    public Timeouts {
        if (connect <= 0 || firstToken <= 0 || idle <= 0 || total <= 0 || keepAlive <= 0) {
            throw new IllegalArgumentException("a time-out that is not positive: connect " + connect + ", first token "
                    + firstToken
                    + ", idle " + idle + ", total " + total + ", keep-alive " + keepAlive + " ms");
        }
    }

    public static Timeouts of(
            Duration connect, Duration firstToken, Duration idle, Duration total, Duration keepAlive) {
        return new Timeouts(
                Math.toIntExact(connect.toMillis()),
                Math.toIntExact(firstToken.toMillis()),
                Math.toIntExact(idle.toMillis()),
                Math.toIntExact(total.toMillis()),
                Math.toIntExact(keepAlive.toMillis()));
    }

    /** The shortest of the waits for an endpoint that has a connection, in milliseconds. */
    int shortestWait() {
        return Math.min(Math.min(firstToken, idle), Math.min(total, keepAlive));
    }
}
