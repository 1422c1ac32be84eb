package dev.jerboa.engine.generate;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Ends a running request from another thread; it then returns what it has, as {@link FinishReason#CANCELLED}. Thread-safe. */
public final class Cancellation {
    private final List<Runnable> actions = new CopyOnWriteArrayList<>();
    private volatile boolean cancelled;

    /** Ends the requests that carry this after the running step; later ones end at once. */
    public void cancel() {
        cancelled = true;
        actions.forEach(Runnable::run);
    }

    public boolean isCancelled() {
        return cancelled;
    }

    /** Has {@code action} run, perhaps twice, when this is cancelled, until the result is closed; at once where it is already. */
    Registration onCancel(Runnable action) {
        actions.add(action);
        if (cancelled) {
            action.run();
        }
        return () -> actions.remove(action);
    }

    /** That an action is to be run. */
    interface Registration extends AutoCloseable {
        @Override
        void close();
    }
}
