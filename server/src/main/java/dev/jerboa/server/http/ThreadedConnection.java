package dev.jerboa.server.http;

import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.spi.ServerConnection;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A connection that changes threads between two requests: one of {@link ConnectionThreads} serves while the client is at work, its own
 * virtual thread waits while the client is silent.
 *
 * <pre>
 * own thread: handle → a system's thread: Helidon's loop over requests ─ silent between two of them → {@link Rest}
 *               ↑                                                              │
 *               └──────── first bytes of the next request ←── own thread waits ┘
 * no thread free → own thread: the same loop, which asks again between two requests, once a second
 * </pre>
 *
 * <p>{@link #handle} is the own thread's; {@link #next} the serving thread's; {@link #close} by any.
 */
final class ThreadedConnection implements ServerConnection {
    private static final long ASK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final System.Logger LOG = System.getLogger(ThreadedConnection.class.getName());
    private static final Rest SILENT = new Rest(true);
    private static final Rest MOVES = new Rest(false);

    /** A client that has begun a request and says nothing more for so long is given up. */
    private static final long MOST_SILENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final ReadAhead client;
    private final ConnectionThreads threads;
    private @Nullable ServerConnection connection; // set once, before anything else

    private final ReentrantLock lock = new ReentrantLock();
    private boolean serving; // guarded by the lock
    private boolean closed; // guarded by the lock
    private @Nullable Thread own; // guarded by the lock
    private boolean onOwn; // the serving thread's
    private long asked; // the serving thread's

    ThreadedConnection(ReadAhead client, ConnectionThreads threads) {
        this.client = client;
        this.threads = threads;
    }

    /**
     * Serves over a connection of Helidon's; to be called once, at first.
     *
     * @param connection reads by {@link #next}
     */
    ThreadedConnection over(ServerConnection connection) {
        this.connection = connection;
        return this;
    }

    /** Thrown out of a read between two requests: the connection goes on, on another thread. */
    private static final class Rest extends CloseConnectionException { // which Helidon lets through as it is
        private static final long serialVersionUID = 1;

        private final boolean silent;

        Rest(boolean silent) {
            super("the connection goes on, on another thread");
            this.silent = silent;
        }

        @Override
        public Throwable fillInStackTrace() {
            return this;
        }
    }

    /**
     * More bytes of the client, for the thread that serves. What a client began and does not go on with is closed without a word: Helidon
     * would take the end of a request in its headers, and silence there, for failures of its own.
     */
    byte[] next() {
        if (onOwn && threads.hasRoom() && isBetweenRequests()) {
            long now = System.nanoTime();
            if (now - asked > ASK_AGAIN_NANOS) {
                asked = now;
                throw MOVES;
            }
        }
        long began = System.nanoTime();
        return read(() -> {
            if (isBetweenRequests()) {
                if (!onOwn) {
                    throw SILENT;
                }
            } else if (System.nanoTime() - began > MOST_SILENCE_NANOS) {
                throw new ClientGoneException("the client does not go on with its request");
            }
        });
    }

    private byte[] read(Runnable onSilence) {
        byte[] bytes;
        try {
            bytes = client.get(onSilence);
        } catch (CloseConnectionException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "a connection ended: " + e);
            throw new ClientGoneException("the client does not go on", e);
        }
        if (bytes == null) {
            LOG.log(System.Logger.Level.DEBUG, "a client closed its connection");
            throw new ClientGoneException("the client closed its connection");
        }
        return bytes;
    }

    private ServerConnection of() {
        return Objects.requireNonNull(connection);
    }

    private boolean isBetweenRequests() {
        return connection instanceof InterruptableTask<?> task && task.canInterrupt();
    }

    @Override
    public void handle(Limit limit) throws InterruptedException {
        lock.lock();
        try {
            own = Thread.currentThread();
        } finally {
            lock.unlock();
        }
        while (begin()) {
            try {
                serve(limit);
                return;
            } catch (Rest rest) {
                if (rest.silent) {
                    client.giveBack(read(() -> {}));
                }
            }
        }
    }

    private boolean begin() {
        lock.lock();
        try {
            serving = !closed;
            return serving;
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        lock.lock();
        try {
            serving = false;
        } finally {
            lock.unlock();
        }
    }

    private void serve(Limit limit) throws InterruptedException {
        FutureTask<Void> served = new FutureTask<>(() -> {
            serveHere(limit, false);
            return null;
        });
        try {
            threads.execute(served);
        } catch (RejectedExecutionException e) {
            serveHere(limit, true);
            return;
        }
        try {
            served.get();
        } catch (ExecutionException e) {
            rethrow(Objects.requireNonNull(e.getCause()));
        } catch (InterruptedException e) { // the server stops
            served.cancel(true);
            Thread.currentThread().interrupt();
            throw new CloseConnectionException("the server stops", e);
        }
    }

    private void serveHere(Limit limit, boolean onOwn) throws InterruptedException {
        this.onOwn = onOwn;
        asked = System.nanoTime();
        ClientWatch.serve(client);
        try {
            of().handle(limit);
        } finally {
            ClientWatch.leave(); // the thread serves others later
            end();
        }
    }

    private static void rethrow(Throwable cause) throws InterruptedException {
        switch (cause) {
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case InterruptedException e -> throw e;
            default -> throw new IllegalStateException(cause);
        }
    }

    @Override
    public Duration idleTime() {
        return of().idleTime();
    }

    @Override
    public void close(boolean interrupt) {
        lock.lock();
        try {
            closed = true;
            if (serving) {
                of().close(interrupt); // which knows its thread
            } else if (own != null) {
                own.interrupt(); // nobody but it has to do with the connection now
            }
        } finally {
            lock.unlock();
        }
    }
}
