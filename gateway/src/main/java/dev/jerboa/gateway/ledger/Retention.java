package dev.jerboa.gateway.ledger;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;

/**
 * Deletes events that are older than they are to be kept, once an hour, some at a time with pauses between: who writes events is never kept
 * waiting for long. Sums, and with them charts and budgets, stay. Several nodes may do it over one store.
 */
public final class Retention implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Retention.class.getName());
    /** Of a transaction. */
    private static final int SOME = 1000;

    private static final long PAUSE_NANOS = 100_000_000;

    private final LedgerStore store;
    private final Duration keep;
    private final InstantSource clock;
    private final Hourly hourly;

    private Retention(LedgerStore store, Duration keep, InstantSource clock) {
        this.store = store;
        this.keep = keep;
        this.clock = clock;
        this.hourly = new Hourly("jerboa-retention", "old events are deleted in an hour", this::run);
    }

    /** Begins, a minute from now. */
    public static Retention start(LedgerStore store, Duration keep, InstantSource clock) {
        Retention retention = new Retention(store, keep, clock);
        retention.hourly.start();
        return retention;
    }

    private void run() {
        long deleted = deleteOld();
        if (deleted > 0) {
            LOG.log(Level.INFO, "{0} events older than {1} days were deleted; their sums stay", deleted, keep.toDays());
        }
    }

    /** Deletes what is too old now; how many events. */
    long deleteOld() {
        long all = 0;
        int some = SOME;
        while (some == SOME && !hourly.isClosing()) {
            some = store.deleteEventsBefore(clock.instant().minus(keep), SOME);
            all += some;
            if (some == SOME) {
                hourly.pause(PAUSE_NANOS);
            }
        }
        return all;
    }

    @Override
    public void close() {
        hourly.close();
    }
}
