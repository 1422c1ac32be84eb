package dev.jerboa.server.http;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads of the system's for connections that are at work, so many at most. A virtual thread that waits for a socket costs next
 * to no memory, but to wake it takes a poller's thread, a carrier's and the calls of the system between them: on two cores more than
 * twice what a thread takes that sleeps in the call that reads (docs/measurements/2026-11-gateway.md). So connections at work have one
 * of these while there are some, and all others, and those that are silent, a virtual one ({@link ThreadedConnection}). Thread-safe.
 */
final class ConnectionThreads implements Executor, AutoCloseable {
    private static final long KEEP_SECONDS = 30;
    private static final long WANTED_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicInteger number = new AtomicInteger();
    private final int most;
    private volatile long refused = System.nanoTime() - WANTED_NANOS;
    private final ThreadPoolExecutor threads;

    /** @param most so many, of some 100 KB each */
    ConnectionThreads(int most) {
        this.most = most;
        threads =
                new ThreadPoolExecutor(0, most, KEEP_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), this::thread);
    }

    private Thread thread(Runnable task) {
        Thread thread = new Thread(task, "jerboa-connection-" + number.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }

    /** Whether {@link #execute} would probably find a thread, for a connection at work, which is remembered where there is none. */
    boolean hasRoom() {
        boolean room = busy.get() < most;
        if (!room) {
            refused = System.nanoTime();
        }
        return room;
    }

    /** Whether a connection at work was refused lately: whoever is silent should give its thread back soon. */
    boolean areWanted() {
        return System.nanoTime() - refused < WANTED_NANOS;
    }

    int busy() {
        return busy.get();
    }

    /** @throws RejectedExecutionException where all threads are at work, or no more is begun */
    @Override
    public void execute(Runnable task) {
        busy.incrementAndGet();
        try {
            threads.execute(() -> {
                try {
                    task.run();
                } finally {
                    busy.decrementAndGet();
                }
            });
        } catch (RejectedExecutionException e) {
            busy.decrementAndGet();
            refused = System.nanoTime();
            throw e;
        }
    }

    /** Nothing more is begun; what runs goes on. */
    @Override
    public void close() {
        threads.shutdown();
    }
}
