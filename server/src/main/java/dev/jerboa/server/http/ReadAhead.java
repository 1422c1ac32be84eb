package dev.jerboa.server.http;

import io.helidon.webserver.CloseConnectionException;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a client, in order, for the connection's thread. While that thread is busy with a reply for longer than a moment and watches
 * the client, a virtual thread waits for the next bytes: nobody can be told otherwise that the client has closed its side, since sockets in Java cannot be
 * looked into without reading. What comes meanwhile (requests that are sent ahead) is kept and given later; a client that has sent more
 * than {@value #MOST_BYTES} bytes ahead is watched no further.
 *
 * <p>A client that closes only its sending side counts as gone, as with most servers: the two cannot be told apart.
 *
 * <p>{@link #get}, {@link #watch} and {@link #unwatch} belong to the connection's thread.
 */
final class ReadAhead {
    private static final int MOST_BYTES = 64 << 10;

    private final Supplier<byte @Nullable []> source;
    private final Watches watches;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // all guarded by the lock
    private final Deque<byte[]> ahead = new ArrayDeque<>();
    private int aheadBytes;
    private boolean reading;
    private boolean ended;
    private @Nullable RuntimeException failure;
    private @Nullable Runnable gone;

    /**
     * @param source waits for bytes of the client, which are the caller's then; null at their end; one thread at a time uses it
     * @param watches calls {@link #beginWatch} where a reply takes a while
     */
    ReadAhead(Supplier<byte @Nullable []> source, Watches watches) {
        this.source = source;
        this.watches = watches;
    }

    /**
     * The next bytes, waited for; null at their end.
     *
     * @param onSilence called each time that nothing came for the read's time; what it throws ends the wait, and no
     *     bytes are lost
     */
    byte @Nullable [] get(Runnable onSilence) {
        lock.lock();
        try {
            while (reading && ahead.isEmpty()) {
                changed.await();
            }
            byte[] first = ahead.poll();
            if (first != null) {
                aheadBytes -= first.length;
                return first;
            }
            if (failure != null) {
                throw failure;
            }
            if (ended) {
                return null;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CloseConnectionException("interrupted while waiting for the client", e);
        } finally {
            lock.unlock();
        }
        return next(onSilence);
    }

    /** Has the next {@link #get} begin with bytes that it gave before. */
    void giveBack(byte[] bytes) {
        lock.lock();
        try {
            ahead.addFirst(bytes);
            aheadBytes += bytes.length;
        } finally {
            lock.unlock();
        }
    }

    private byte @Nullable [] next(Runnable onSilence) {
        while (true) {
            try {
                return source.get();
            } catch (RuntimeException e) {
                if (!isTimeout(e)) {
                    throw e;
                }
            }
            onSilence.run();
        }
    }

    /** Has {@code gone} run once, on another thread or at once, if the client goes away before {@link #unwatch}. */
    void watch(Runnable gone) {
        boolean already;
        lock.lock();
        try {
            already = ended || failure != null;
            this.gone = gone;
            if (!already && !reading) {
                watches.add(this);
            }
        } finally {
            lock.unlock();
        }
        if (already) {
            gone.run();
        }
    }

    /** The reply takes a while: from now on somebody waits for what the client does. */
    void beginWatch() {
        lock.lock();
        try {
            if (gone != null && !ended && failure == null && !reading && aheadBytes < MOST_BYTES) {
                reading = true;
                Thread.ofVirtual().name("jerboa-client-watch").start(this::readOn);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The client's going is of no interest until the next {@link #watch}. */
    void unwatch() {
        lock.lock();
        try {
            gone = null;
            watches.remove(this);
        } finally {
            lock.unlock();
        }
    }

    private void readOn() {
        boolean more = true;
        while (more) {
            byte[] bytes = null;
            RuntimeException error = null;
            try {
                bytes = source.get();
            } catch (RuntimeException e) {
                error = e;
            }
            more = note(bytes, error);
        }
    }

    /** Whether to read on. */
    private boolean note(byte @Nullable [] bytes, @Nullable RuntimeException error) {
        Runnable told = null;
        lock.lock();
        try {
            boolean silence = error != null && isTimeout(error);
            if (bytes != null) {
                ahead.add(bytes);
                aheadBytes += bytes.length;
            } else if (!silence) { // of a client that waits for its reply, silence is expected
                ended = error == null;
                failure = error;
                told = gone;
            }
            reading = gone != null && (silence || (bytes != null && aheadBytes < MOST_BYTES));
            changed.signalAll();
            return reading;
        } finally {
            lock.unlock();
            if (told != null) {
                told.run();
            }
        }
    }

    private static boolean isTimeout(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof SocketTimeoutException) {
                return true;
            }
        }
        return false;
    }
}
