package dev.jerboa.gateway.price;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * Shares the time of one machine among the requests that it computes: of a microsecond with n requests, each has an nth part. So shares of
 * requests that have ended never sum to more than the time in which the machine had something to do.
 *
 * <p>It is the virtual time of fair queueing: a clock that runs at 1/n, which a request reads when it begins and when it ends. Thread-safe.
 */
public final class MachineClock {
    private final LongSupplier nanoTime;
    private long last;
    private int running;
    /** Nanoseconds of one request's share since this clock began. */
    private long shared;
    /** What division has left over, in nanoseconds of the machine; below {@link #running}. */
    private long rest;

    public MachineClock() {
        this(System::nanoTime);
    }

    /** @param nanoTime a clock that does not go back, in nanoseconds */
    public MachineClock(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.last = nanoTime.getAsLong();
    }

    /** A request begins to be computed. */
    public synchronized Share begin() {
        advance();
        running++;
        return new Share(shared);
    }

    private synchronized long end(long since) {
        advance();
        running--;
        rest = running == 0 ? 0 : rest % running;
        return (shared - since) / 1000;
    }

    private void advance() {
        long now = nanoTime.getAsLong();
        if (running > 0) {
            rest += now - last;
            shared += rest / running;
            rest %= running;
        }
        last = now;
    }

    /** A request's part of the machine. */
    public final class Share {
        private final long since;
        private final AtomicBoolean ended = new AtomicBoolean();

        private Share(long since) {
            this.since = since;
        }

        /**
         * The request has ended.
         *
         * @return microseconds of the machine that it had; 0 where it had ended before
         */
        public long end() {
            return ended.compareAndSet(false, true) ? MachineClock.this.end(since) : 0;
        }
    }
}
