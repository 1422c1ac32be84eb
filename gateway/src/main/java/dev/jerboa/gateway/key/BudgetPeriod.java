package dev.jerboa.gateway.key;

import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What this node may spend of a budget in a period. Thread-safe, without locks.
 *
 * <p>At any time {@code taken from the store = free + reserved + what requests that have ended did cost}. A request moves its worst case from
 * free to reserved and, when it ends, back what it did not cost. Free is below 0 where requests cost more than was reserved for them: that is
 * paid from what is taken next.
 */
final class BudgetPeriod {
    /** What free is when the period is over and given back: far below what any reservation could bring above 0. */
    private static final long CLOSED = Long.MIN_VALUE / 2;

    final Instant start;
    final Instant end;
    volatile Budget budget;

    private final AtomicLong free = new AtomicLong();
    private final AtomicLong reserved = new AtomicLong();
    private final AtomicLong uses = new AtomicLong();
    /** What the store gave, less what was given back: a part of what its lease says, and all of it while nothing is under way. */
    private final AtomicLong taken = new AtomicLong();
    /** Returns to the store that are under way. */
    private final AtomicInteger returning = new AtomicInteger();

    private long seenUses;
    private volatile boolean closed;
    private volatile boolean leased;

    /** Until when, by {@link System#nanoTime}, what was taken may be spent. */
    private volatile long validUntil = System.nanoTime();
    /** Who asks the store at present, for everybody. */
    final AtomicReference<@Nullable CompletableFuture<Boolean>> asking = new AtomicReference<>();
    /** What the store refused last, and until when it is not asked for as much again. */
    private volatile long refusedNanos = Long.MAX_VALUE;

    private volatile long refusedUntil = System.nanoTime();
    /** How much was taken last. */
    private volatile long slice;

    BudgetPeriod(Budget budget, Instant start, Instant end) {
        this.budget = budget;
        this.start = start;
        this.end = end;
    }

    /** Holds back so much, if this node may. */
    boolean tryReserve(long nanos) {
        if (System.nanoTime() - validUntil >= 0) {
            return false;
        }
        while (true) {
            long now = free.get();
            if (now < nanos) {
                return false;
            }
            if (free.compareAndSet(now, now - nanos)) {
                reserved.addAndGet(nanos);
                uses.incrementAndGet();
                return true;
            }
        }
    }

    void settle(long nanos, long actualNanos) {
        free.addAndGet(nanos - actualNanos);
        reserved.addAndGet(-nanos);
    }

    long reserved() {
        return reserved.get();
    }

    boolean isClosed() {
        return closed;
    }

    /** How much more is needed so that so much can be held back. */
    long lack(long nanos) {
        return Math.max(0, nanos - free.get());
    }

    /** Whether little is left of what was taken last. */
    boolean isLow() {
        return free.get() < slice / 2;
    }

    /** The store gave so much, which may be spent until a time. */
    void took(long nanos, long until) {
        if (nanos > 0) {
            slice = nanos;
        }
        leased = true;
        validUntil = until;
        taken.addAndGet(nanos);
        free.addAndGet(nanos);
    }

    void renewed(long until) {
        validUntil = until;
    }

    /** What was taken is not ours any more: only what requests hold back that have not ended is still to be paid. */
    void lost() {
        if (leased) {
            leased = false;
            validUntil = System.nanoTime();
            taken.set(0);
            free.getAndUpdate(now -> Math.min(now, 0) - reserved.get());
        }
    }

    /** Whether the store has a lease of this node's, as far as is known. */
    boolean isLeased() {
        return leased;
    }

    void refused(long nanos, long until) {
        refusedNanos = nanos;
        refusedUntil = until;
    }

    /** Whether the store refused as much a moment ago. */
    boolean isRefused(long nanos) {
        return nanos >= refusedNanos && System.nanoTime() - refusedUntil < 0;
    }

    void forgetRefusal() {
        refusedUntil = System.nanoTime();
    }

    /** Takes away all that is free, to be given back to the store; {@link #returned} is called when that was tried. */
    long takeFree() {
        returning.incrementAndGet();
        long all = Math.max(0, free.getAndUpdate(now -> Math.min(now, 0)));
        taken.addAndGet(-all);
        return all;
    }

    void returned() {
        returning.decrementAndGet();
    }

    /**
     * What the store's lease says if no answer of the store was lost; {@link Long#MAX_VALUE} where that cannot be told, as something is
     * given back just now. Asked while nothing is taken.
     */
    long known() {
        long all = taken.get();
        return returning.get() == 0 ? all : Long.MAX_VALUE;
    }

    /** Whether nothing was reserved since this was asked last, though earlier requests may be under way; asked by one thread. */
    boolean isQuiet() {
        long now = uses.get();
        boolean quiet = now == seenUses;
        seenUses = now;
        return quiet;
    }

    /** Ends it, if nothing is held back; whoever comes later makes another. */
    boolean close() {
        long had = free.getAndSet(CLOSED);
        if (reserved.get() != 0) {
            free.addAndGet(had - CLOSED);
            return false;
        }
        closed = true;
        return true;
    }
}
