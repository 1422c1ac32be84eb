package dev.jerboa.server.http;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Whether a client sends its requests fast enough: one that sends a byte a second would hold a thread for as long as it likes. A request may
 * keep its thread waiting for a grace, and a second more for each {@value #BYTES_A_SECOND} bytes that have come; in one go for the grace
 * alone. Only what the thread waits counts, not what it does meanwhile. Apache's mod_reqtimeout has this rule. One thread.
 */
final class RequestPace {
    static final int BYTES_A_SECOND = 500;
    private static final long NANOS_A_BYTE = TimeUnit.SECONDS.toNanos(1) / BYTES_A_SECOND;

    private final long graceNanos;
    private long waited;
    private long allowed;

    RequestPace(Duration grace) {
        this.graceNanos = grace.toNanos();
        this.allowed = graceNanos;
    }

    /** The first bytes of a request are there. */
    void begun(int bytes) {
        waited = 0;
        allowed = graceNanos + bytes * NANOS_A_BYTE;
    }

    /** More of the request has come, that was waited for. */
    void came(long nanos, int bytes) {
        waited += nanos;
        allowed += bytes * NANOS_A_BYTE;
    }

    /** Whether the client is too slow, if more has been waited for by now without anything that came. */
    boolean isTooSlow(long nanos) {
        return nanos > graceNanos || waited + nanos > allowed;
    }
}
