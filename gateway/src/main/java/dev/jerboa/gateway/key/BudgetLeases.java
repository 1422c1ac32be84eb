package dev.jerboa.gateway.key;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.store.Micros;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * What this node takes of budgets: slices of what is left, for as long as a lease is. One request asks the store for a period at a time,
 * others wait for what it is told. Thread-safe; no lock is held while the store is asked.
 */
final class BudgetLeases {
    private static final Logger LOG = System.getLogger(BudgetLeases.class.getName());
    private static final long REFUSED_NANOS = 200_000_000;

    private final BudgetRows rows;
    private final BudgetChains chains;
    private final BudgetOptions options;
    private final InstantSource clock;

    BudgetLeases(BudgetRows rows, BudgetChains chains, BudgetOptions options, InstantSource clock) {
        this.rows = rows;
        this.chains = chains;
        this.options = options;
        this.clock = clock;
    }

    /**
     * Asks the store for more, or waits for another request that does; who then has how much is seen by trying again.
     *
     * @throws GatewayException where the store does not answer
     */
    void take(BudgetPeriod period, long nanos) {
        CompletableFuture<Boolean> mine = new CompletableFuture<>();
        CompletableFuture<Boolean> other = period.asking.compareAndExchange(null, mine);
        if (other != null) {
            try {
                other.join();
            } catch (CompletionException e) {
                throw e.getCause() instanceof GatewayException known ? known : new GatewayException("budgets", e);
            }
            return;
        }
        try {
            takeSlice(period, nanos);
            period.asking.set(null);
            mine.complete(true);
        } catch (RuntimeException e) {
            period.asking.set(null);
            mine.completeExceptionally(e);
            throw e;
        }
    }

    private void takeSlice(BudgetPeriod period, long nanos) {
        long until = until();
        long needed = period.lack(nanos);
        if (needed == 0) { // there is enough, but the lease ran out
            if (rows.renew(period.budget.id(), Micros.of(period.start), expires())
                    .isPresent()) {
                period.renewed(until);
            } else {
                period.lost();
            }
            return;
        }
        long taken = taken(period, needed);
        if (taken >= 0) {
            period.took(taken, until);
        } else {
            period.refused(nanos, System.nanoTime() + REFUSED_NANOS);
        }
    }

    private long taken(BudgetPeriod period, long needed) {
        return rows.take(
                period.budget,
                Micros.of(period.start),
                needed,
                options.slice(),
                expires(),
                connection -> chains.keysOf(connection, period.budget));
    }

    /** Takes more where little is left and others may want it too, beside the request. */
    void takeAhead(BudgetPeriod period) {
        if (options.slice() == 1 || !period.isLow()) {
            return;
        }
        if (period.isRefused(Long.MAX_VALUE - 1) || period.asking.get() != null) {
            return;
        }
        Thread.startVirtualThread(() -> quietly(() -> {
            CompletableFuture<Boolean> mine = new CompletableFuture<>();
            if (period.asking.compareAndSet(null, mine)) {
                try {
                    long until = until();
                    long taken = taken(period, 0);
                    if (taken > 0) {
                        period.took(taken, until);
                    } else { // requests that need it may still ask; reading ahead does not for a while
                        period.refused(Long.MAX_VALUE - 1, System.nanoTime() + REFUSED_NANOS);
                    }
                } finally {
                    period.asking.set(null);
                    mine.complete(true);
                }
            }
        }));
    }

    private long until() {
        return System.nanoTime() + options.lease().toNanos();
    }

    private long expires() {
        return Micros.of(clock.instant().plus(options.lease()));
    }

    /** Renews what is in use and gives back what is not; true where the period is over and nothing holds it any more. */
    boolean keep(BudgetPeriod period) {
        long start = Micros.of(period.start);
        boolean quiet = period.isQuiet();
        if (clock.instant().isAfter(period.end)) {
            if (quiet && period.close()) {
                rows.end(period.budget.id(), start);
                return true;
            }
            return false;
        }
        if (quiet && options.slice() > 1) {
            giveBackFree(period);
        }
        if (period.isLeased()) {
            CompletableFuture<Boolean> mine = new CompletableFuture<>();
            boolean alone = period.asking.compareAndSet(null, mine);
            try {
                renew(period, start, alone ? period.known() : Long.MAX_VALUE);
            } finally {
                if (alone) {
                    period.asking.set(null);
                    mine.complete(true);
                }
            }
        }
        return false;
    }

    /** @param known what this node knows to have taken: more in the store is what it gave in an answer that never came, and goes back */
    private void renew(BudgetPeriod period, long start, long known) {
        long until = until();
        OptionalLong taken = rows.renew(period.budget.id(), start, expires());
        if (taken.isEmpty()) {
            period.lost();
            return;
        }
        period.renewed(until);
        if (taken.getAsLong() > known) {
            rows.giveBack(period.budget.id(), start, taken.getAsLong() - known);
        }
    }

    void giveBackFree(BudgetPeriod period) {
        long free = period.takeFree();
        try {
            if (free > 0 && !rows.giveBack(period.budget.id(), Micros.of(period.start), free)) {
                period.lost();
            }
        } finally {
            period.returned();
        }
    }

    /** Takes back what nodes that died had taken. */
    void endExpired() {
        long before = Micros.of(clock.instant().minus(options.lease()));
        for (BudgetRows.Lease lease : rows.expiredLeases(before)) {
            if (rows.end(lease, before)) {
                LOG.log(Level.INFO, "lease {0} ran out: what was not spent of it is given back", lease.id());
            }
        }
    }

    /** Does what is tried again in a moment where it fails. */
    static void quietly(Runnable task) {
        try {
            task.run();
        } catch (GatewayException e) {
            LOG.log(Level.DEBUG, "budgets: {0}", e.getMessage());
        }
    }
}
