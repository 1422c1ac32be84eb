package dev.jerboa.gateway.upstream;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** How long an attempt goes on waiting. One thread. */
final class Patience {
    /** Time is up. */
    static final class UpException extends IOException {
        private static final long serialVersionUID = 1;

        private final String outcome;

        UpException(String outcome, String message) {
            super(message);
            this.outcome = outcome;
        }

        /** As attempts say it. */
        String outcome() {
            return outcome;
        }
    }

    private final Timeouts timeouts;
    private final long began = System.nanoTime();
    private long heard = began;
    private boolean sent;
    private long firstToken = -1;

    Patience(Timeouts timeouts) {
        this.timeouts = timeouts;
    }

    /** The request is on its way. */
    void sent() {
        sent = true;
        heard = System.nanoTime();
    }

    /** Whether the request went out, so that the provider may be at work. */
    boolean wasSent() {
        return sent;
    }

    /** Something has come. */
    void heard() {
        heard = System.nanoTime();
    }

    /** The first content has come. */
    void content() {
        if (firstToken < 0) {
            firstToken = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - began);
        }
    }

    /** From the beginning to the first content; −1 without. */
    long firstTokenMicros() {
        return firstToken;
    }

    long elapsedMillis() {
        return elapsed(began, System.nanoTime());
    }

    long elapsedNanos() {
        return System.nanoTime() - began;
    }

    /** How long the next read may wait before {@link #check} is asked. */
    int millis() {
        long now = System.nanoTime();
        long rest = Math.min(limit() - elapsed(since(), now), timeouts.total() - elapsed(began, now));
        return (int) Math.clamp(rest, 1, timeouts.keepAlive());
    }

    /** @throws UpException where time is up */
    void check() throws UpException {
        long now = System.nanoTime();
        if (elapsed(began, now) >= timeouts.total()) {
            throw new UpException("timeout", "the reply was not complete after " + timeouts.total() + " ms");
        }
        if (elapsed(since(), now) >= limit()) {
            throw firstToken < 0
                    ? new UpException("first_token_timeout", "nothing of the reply came within " + limit() + " ms")
                    : new UpException("idle", "nothing more of the reply came within " + limit() + " ms");
        }
    }

    private int limit() {
        return firstToken < 0 ? timeouts.firstToken() : timeouts.idle();
    }

    private long since() {
        return firstToken < 0 ? began : heard;
    }

    private static long elapsed(long from, long to) {
        return TimeUnit.NANOSECONDS.toMillis(to - from);
    }
}
