package dev.jerboa.gateway.key;

import java.util.function.LongSupplier;

/** How often each key may ask, of this node. Thread-safe, exact under concurrency, without input or output. */
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

    /** With {@link System#nanoTime}, or a test's. */
    public Limits(LongSupplier nanoTime) {
        throw new UnsupportedOperationException();
    }

    /** Lets a request of a key in, or not; {@code tokens} is what it may use, about. */
    public Entry enter(Key key, long tokens) {
        throw new UnsupportedOperationException();
    }
}
