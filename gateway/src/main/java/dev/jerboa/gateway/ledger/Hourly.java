package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.GatewayException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.locks.LockSupport;

/** A thread for work that is done once an hour in the background, a minute after the start for the first time, and may fail. */
final class Hourly implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Hourly.class.getName());
    private static final long FIRST_NANOS = 60_000_000_000L;
    private static final long HOUR_NANOS = 3_600_000_000_000L;

    private final String what;
    private final Runnable work;
    private final Thread thread;
    private volatile boolean closing;

    /** @param what the message where it has failed begins with: what is done again in an hour */
    Hourly(String name, String what, Runnable work) {
        this.what = what;
        this.work = work;
        this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        pause(FIRST_NANOS);
        while (!closing) {
            try {
                work.run();
            } catch (GatewayException e) {
                LOG.log(Level.WARNING, "{0}: {1}", what, e.getMessage());
            }
            pause(HOUR_NANOS);
        }
    }

    /** Whether the work is to end at its next step. */
    boolean isClosing() {
        return closing;
    }

    /** Waits, or until the work is to end. */
    void pause(long nanos) {
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
