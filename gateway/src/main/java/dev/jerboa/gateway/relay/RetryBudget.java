package dev.jerboa.gateway.relay;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many requests may be tried again at an endpoint: a fifth of all, and a few more, so that an endpoint that is down is not asked twice
 * as often as one that is up. Thread-safe.
 */
final class RetryBudget {
    private static final int COST = 5;
    private static final int MOST = 100 * COST;
    private static final int AT_START = 10 * COST;

    private final AtomicInteger credit = new AtomicInteger(AT_START);

    /** A request has come. */
    void request() {
        if (credit.get() < MOST) {
            credit.incrementAndGet();
        }
    }

    /** Whether one may be tried again; counts as tried. */
    boolean retry() {
        return credit.getAndUpdate(now -> now >= COST ? now - COST : now) >= COST;
    }
}
