package dev.jerboa.engine.generate;

/** Ends a running request from another thread; it then returns what it has, as {@link FinishReason#CANCELLED}. Thread-safe. */
public final class Cancellation {
    private volatile boolean cancelled;

    /** Ends the requests that carry this after the running step; later ones end at once. */
    public void cancel() {
        cancelled = true;
    }

    public boolean isCancelled() {
        return cancelled;
    }
}
