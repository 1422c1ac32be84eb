package dev.jerboa.server.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.task.InterruptableTask;
import io.helidon.http.DirectHandler;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.spi.ServerConnection;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
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
 *                → who is silent from now on gives its thread back after a second instead of twenty
 * </pre>
 *
 * <p>After some requests, and when it comes back from silence, Helidon's connection and its reader are replaced by new ones. A reader is
 * a chain of what it has read; once a link of it has become old, all that follow are taken for alive by collections of what is young,
 * though nobody has them: each byte of each request was copied twice and became old.
 *
 * <p>{@link #handle} is the own thread's; {@link #next} the serving thread's; {@link #close} by any.
 */
final class ThreadedConnection implements ServerConnection {
    private static final long ASK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final System.Logger LOG = System.getLogger(ThreadedConnection.class.getName());
    /** The connection that the running thread serves. */
    private static final ThreadLocal<@Nullable ThreadedConnection> SERVED = new ThreadLocal<>();

    private static final Rest SILENT = new Rest();
    private static final Rest MOVES = new Rest();
    private static final Rest RENEWS = new Rest();
    private static final int REQUESTS_A_READER = 64;
    /** So much is kept of what has come and cannot be read yet: heads are not longer, nor are pieces of bodies that nobody reads. */
    private static final int MOST_KEPT_BYTES = 64 << 10;

    private final ReadAhead client;
    private final Patience patience;
    private final RequestPace pace; // the serving thread's
    private final ConnectionThreads threads;
    private final Function<DataReader, ServerConnection> over;

    private final ReentrantLock lock = new ReentrantLock();
    private volatile DataReader reader; // written under the lock
    private volatile ServerConnection connection; // written under the lock
    private boolean serving; // guarded by the lock
    private boolean closed; // guarded by the lock
    private @Nullable Thread own; // guarded by the lock
    private boolean onOwn; // the serving thread's
    private long asked; // the serving thread's
    private int read; // the serving thread's: requests that the reader has begun
    private int mostKept = MOST_KEPT_BYTES; // the serving thread's

    /** @param over makes a connection of Helidon's that reads by a reader; called again now and then */
    ThreadedConnection(
            ReadAhead client,
            Patience patience,
            RequestPace pace,
            ConnectionThreads threads,
            Function<DataReader, ServerConnection> over) {
        this.client = client;
        this.patience = patience;
        this.pace = pace;
        this.threads = threads;
        this.over = over;
        this.reader = DataReader.create(this::next);
        this.connection = over.apply(reader);
    }

    /** Has the connection that the running thread serves end with the running request, as Helidon's loop does not go on then. */
    static void endWithThisRequest() {
        ThreadedConnection served = SERVED.get();
        if (served != null) {
            served.connection.close(false);
        }
    }

    /** Has the running request's body be kept in pieces of so many bytes. */
    static void awaitBody(int mostBytes) {
        ThreadedConnection served = SERVED.get();
        if (served != null) {
            served.mostKept = Math.addExact(MOST_KEPT_BYTES, mostBytes);
        }
    }

    /** Thrown out of a read between two requests: the connection goes on, on another thread or with another reader. */
    private static final class Rest extends CloseConnectionException { // which Helidon lets through as it is
        private static final long serialVersionUID = 1;

        Rest() {
            super("the connection goes on");
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
    private byte[] next() {
        boolean first = false;
        if (isBetweenRequests()) {
            leave();
            first = reader.available() == 0;
            if (!onOwn && threads.areWanted()) {
                patience.brief();
            } else {
                patience.usual();
            }
        }
        return first ? firstBytes() : moreBytes();
    }

    private byte[] firstBytes() {
        byte[] bytes;
        do {
            bytes = withoutEmptyLines(read(() -> {
                if (!onOwn) {
                    throw SILENT;
                }
            }));
        } while (bytes.length == 0);
        mostKept = MOST_KEPT_BYTES;
        pace.begun(bytes.length);
        requireMethod(bytes);
        return bytes;
    }

    /** Clients send an empty line too many behind a body (RFC 9112, 2.2). */
    private static byte[] withoutEmptyLines(byte[] bytes) {
        int from = 0;
        while (from < bytes.length && (bytes[from] == '\r' || bytes[from] == '\n')) {
            from++;
        }
        return from == 0 ? bytes : Arrays.copyOfRange(bytes, from, bytes.length);
    }

    private byte[] moreBytes() {
        if (reader.available() > mostKept) {
            throw new ClientGoneException("a line, or a piece of a body, is longer than what is kept of one");
        }
        long began = System.nanoTime();
        byte[] bytes = read(() -> requirePace(System.nanoTime() - began));
        pace.came(System.nanoTime() - began, bytes.length);
        requirePace(0);
        return bytes;
    }

    private void requirePace(long nanos) {
        if (pace.isTooSlow(nanos)) {
            throw new ClientGoneException("the client sends its request too slowly");
        }
    }

    /** The first bytes of a request: Helidon takes a method that is no token (RFC 9110, 5.6.2) for a failure of its own. */
    private static void requireMethod(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            byte b = bytes[i];
            if (b == '\r' || b == '\n' || (b == ' ' && i > 0)) {
                return;
            }
            boolean letter = (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z') || (b >= '0' && b <= '9');
            if (!letter && "!#$%&'*+-.^_`|~".indexOf(b) < 0) {
                throw RequestException.builder()
                        .type(DirectHandler.EventType.BAD_REQUEST)
                        .status(Status.BAD_REQUEST_400)
                        .message("expected the name of a method, such as GET, and found other bytes")
                        .setKeepAlive(false)
                        .build();
            }
        }
    }

    /** Ends Helidon's loop where there is a reason to begin it anew. */
    private void leave() {
        if (onOwn && threads.hasRoom()) {
            long now = System.nanoTime();
            if (now - asked > ASK_AGAIN_NANOS) {
                asked = now;
                throw MOVES;
            }
        }
        if (++read > REQUESTS_A_READER && reader.available() == 0) {
            throw RENEWS;
        }
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
                if (rest == SILENT) {
                    patience.endless();
                    client.giveBack(read(() -> {}));
                    patience.usual();
                }
                renew();
            }
        }
    }

    /** What has been read of a request that is not there yet stays with its reader. */
    private void renew() {
        lock.lock();
        try {
            if (!closed && reader.available() == 0) {
                read = 0;
                reader = DataReader.create(this::next);
                connection = over.apply(reader);
            }
        } finally {
            lock.unlock();
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
        SERVED.set(this);
        try {
            while (isRenewed(limit)) {
                // with the next connection of Helidon's
            }
        } finally {
            ClientWatch.leave(); // the thread serves others later
            SERVED.remove();
            end();
        }
    }

    /** Serves until the connection ends, or goes on with another reader. */
    private boolean isRenewed(Limit limit) throws InterruptedException {
        try {
            connection.handle(limit);
            return false;
        } catch (Rest rest) {
            if (rest != RENEWS) {
                throw rest;
            }
            renew();
            return true;
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
        return connection.idleTime();
    }

    @Override
    public void close(boolean interrupt) {
        lock.lock();
        try {
            closed = true;
            if (serving) {
                connection.close(interrupt); // which knows its thread
            } else if (own != null) {
                own.interrupt(); // nobody but it has to do with the connection now
            }
        } finally {
            lock.unlock();
        }
    }
}
