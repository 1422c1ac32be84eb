package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.GatewayException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.locks.LockSupport;

/**
 * Deletes events that are older than they are to be kept, once an hour, some at a time with pauses between: who writes events is never kept
 * waiting for long. Sums, and with them charts and budgets, stay. Several nodes may do it over one store.
 */
public final class Retention implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Retention.class.getName());
    /** Of a transaction. */
    private static final int SOME = 1000;

    private static final long FIRST_NANOS = 60_000_000_000L;
    private static final long HOUR_NANOS = 3_600_000_000_000L;
    private static final long PAUSE_NANOS = 100_000_000;

    private final LedgerStore store;
    private final Duration keep;
    private final InstantSource clock;
    private final Thread thread;
    private volatile boolean closing;

    private Retention(LedgerStore store, Duration keep, InstantSource clock) {
        this.store = store;
        this.keep = keep;
        this.clock = clock;
        this.thread = Thread.ofPlatform().daemon().name("jerboa-retention").unstarted(this::run);
    }

    /** Begins, a minute from now. */
    public static Retention start(LedgerStore store, Duration keep, InstantSource clock) {
        Retention retention = new Retention(store, keep, clock);
        retention.thread.start();
        return retention;
    }

    private void run() {
        pause(FIRST_NANOS);
        while (!closing) {
            try {
                long deleted = deleteOld();
                if (deleted > 0) {
                    LOG.log(
                            Level.INFO,
                            "{0} events older than {1} days were deleted; their sums stay",
                            deleted,
                            keep.toDays());
                }
            } catch (GatewayException e) {
                LOG.log(Level.WARNING, "old events are deleted in an hour: {0}", e.getMessage());
            }
            pause(HOUR_NANOS);
        }
    }

    /** Deletes what is too old now; how many events. */
    long deleteOld() {
        long all = 0;
        int some = SOME;
        while (some == SOME && !closing) {
            some = store.deleteEventsBefore(clock.instant().minus(keep), SOME);
            all += some;
            if (some == SOME) {
                pause(PAUSE_NANOS);
            }
        }
        return all;
    }

    private void pause(long nanos) {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0 && !closing; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
