package dev.jerboa.gateway.key;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * How often each key may ask, of this node: buckets that hold a minute's worth and fill evenly. Thread-safe, exact under concurrency; a
 * key's bucket is locked for a few operations on numbers and never around input or output.
 */
public final class Limits {
    /** Whether a request may go on. */
    public sealed interface Entry {
        /** It may; {@link #leave} has to be called when it has ended, and counts once. */
        non-sealed interface Admitted extends Entry {
            /** Ends it; {@code tokens} is what it did use, in place of the estimate. */
            void leave(long tokens);
        }

        /** It may not yet. */
        record Limited(Kind kind, long retryAfterMillis) implements Entry {}
    }

    /** Which limit it is. */
    public enum Kind {
        REQUESTS,
        TOKENS,
        CONCURRENT
    }

    /**
     * How far a limit is used.
     *
     * @param most a minute
     * @param left that can be had now
     * @param resetMillis until all of it can be had, if nothing is asked
     */
    public record Level(Kind kind, long most, long left, long resetMillis) {}

    private static final int MOST_KEYS = 50_000;
    /** What one that is refused for others that have not ended is told to wait: nobody knows when they end. */
    private static final long CONCURRENT_MILLIS = 1000;

    private static final Entry.Admitted FREE = tokens -> {};

    private final LongSupplier nanoTime;
    private final Map<String, KeyState> states = new ConcurrentHashMap<>();

    /** With {@link System#nanoTime}, or a test's. */
    public Limits(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Lets a request of a key in, or not.
     *
     * @param tokens what it may use, about
     */
    public Entry enter(Key key, long tokens) {
        if (key.limits().equals(Key.RateLimits.NONE)) {
            return FREE;
        }
        if (states.size() > MOST_KEYS) {
            states.values().removeIf(KeyState::isIdle);
        }
        KeyState state = states.computeIfAbsent(key.id(), id -> new KeyState());
        return state.enter(key.limits(), Math.max(0, tokens), nanoTime.getAsLong());
    }

    /** How far a key's limits a minute are used; none where it has none. */
    public List<Level> levels(Key key) {
        KeyState state = states.get(key.id());
        return state == null ? List.of() : state.levels(key.limits(), nanoTime.getAsLong());
    }

    /** What a key has used lately. */
    private static final class KeyState {
        private final TokenBucket requests = new TokenBucket();
        private final TokenBucket tokens = new TokenBucket();
        private int running;

        synchronized Entry enter(Key.RateLimits limits, long estimate, long now) {
            if (limits.concurrent().isPresent()
                    && running >= limits.concurrent().getAsInt()) {
                return new Entry.Limited(Kind.CONCURRENT, CONCURRENT_MILLIS);
            }
            long perMinute = limits.requestsPerMinute().orElse(0);
            long tokensPerMinute = limits.tokensPerMinute().orElse(0);
            long wait = perMinute == 0 ? 0 : requests.waitMillis(perMinute, 1, now);
            if (wait > 0) {
                return new Entry.Limited(Kind.REQUESTS, wait);
            }
            wait = tokensPerMinute == 0 ? 0 : tokens.waitMillis(tokensPerMinute, estimate, now);
            if (wait > 0) {
                return new Entry.Limited(Kind.TOKENS, wait);
            }
            if (perMinute > 0) {
                requests.take(1);
            }
            if (tokensPerMinute > 0) {
                tokens.take(estimate);
            }
            running++;
            AtomicBoolean left = new AtomicBoolean();
            return (Entry.Admitted) used -> {
                if (left.compareAndSet(false, true)) {
                    leave(tokensPerMinute > 0 ? Math.max(0, used) - estimate : 0);
                }
            };
        }

        synchronized List<Level> levels(Key.RateLimits limits, long now) {
            List<Level> levels = new ArrayList<>(2);
            limits.requestsPerMinute().ifPresent(most -> levels.add(level(Kind.REQUESTS, requests, most, now)));
            limits.tokensPerMinute().ifPresent(most -> levels.add(level(Kind.TOKENS, tokens, most, now)));
            return levels;
        }

        private static Level level(Kind kind, TokenBucket bucket, long most, long now) {
            return new Level(kind, most, bucket.left(most, now), bucket.fullMillis(most, now));
        }

        private synchronized void leave(long more) {
            running--;
            tokens.take(more);
        }

        synchronized boolean isIdle() {
            return running == 0;
        }
    }
}
