package dev.jerboa.gateway.upstream;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long an attempt goes on waiting. The attempt's own thread says what happens; {@link #up} and {@link #wantsSign} are for {@link
 * UnderWay}'s.
 */
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

    private static final long NEVER = Long.MAX_VALUE;

    private final Timeouts timeouts;
    private final long began = System.nanoTime();
    private volatile long heard = began;
    private volatile boolean sent;
    private volatile long firstToken = -1;
    private volatile long lingersMillis = NEVER;
    private long signed = began;

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

    /** The reply is there; what may still come is waited for so long. */
    void linger(long millis) {
        lingersMillis = elapsedMillis() + millis;
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

    /** What there is to say of time that is up; null while it is not. */
    @Nullable
    UpException up(long now) {
        long all = elapsed(began, now);
        if (all >= timeouts.total()) {
            return new UpException("timeout", "the reply was not complete after " + timeouts.total() + " ms");
        }
        if (lingersMillis != NEVER) {
            return all >= lingersMillis ? new UpException("lingered", "nothing came behind the reply") : null;
        }
        if (firstToken < 0) {
            return all >= timeouts.firstToken()
                    ? new UpException(
                            "first_token_timeout", "nothing of the reply came within " + timeouts.firstToken() + " ms")
                    : null;
        }
        return elapsed(heard, now) >= timeouts.idle()
                ? new UpException("idle", "nothing more of the reply came within " + timeouts.idle() + " ms")
                : null;
    }

    /** Whether the client should be told that somebody is there; asked again, it says so after another while. */
    boolean wantsSign(long now) {
        if (lingersMillis != NEVER
                || elapsed(Math.max(heard - began, signed - began) + began, now) < timeouts.keepAlive()) {
            return false;
        }
        signed = now;
        return true;
    }

    private static long elapsed(long from, long to) {
        return TimeUnit.NANOSECONDS.toMillis(to - from);
    }
}
