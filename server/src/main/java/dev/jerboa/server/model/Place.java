package dev.jerboa.server.model;

import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.server.http.HttpError;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A declared model: opened, used by requests, closed, again and again. Thread-safe; opening and closing happen outside of the lock. */
final class Place {
    private final String id;
    private final List<String> adapters;
    private final @Nullable Supplier<LanguageModel> opener;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition left = lock.newCondition();
    // all guarded by the lock
    private ModelState state = ModelState.UNLOADED;
    private @Nullable Served served;
    private @Nullable String failure;
    private int uses;
    private boolean closed;

    Place(Declared declared) {
        this.id = declared.id();
        this.adapters = declared.adapters();
        this.opener = declared.opener();
    }

    /** A model that was opened elsewhere, and once only. */
    Place(Served served) {
        this.id = served.id();
        this.adapters = served.adapters();
        this.opener = null;
        this.served = served;
        this.state = ModelState.READY;
    }

    String id() {
        return id;
    }

    List<String> adapters() {
        return adapters;
    }

    ModelStatus status() {
        lock.lock();
        try {
            return new ModelStatus(id, state, adapters, uses, served, failure);
        } finally {
            lock.unlock();
        }
    }

    /** The model, where it is ready. */
    @Nullable
    Served ready() {
        lock.lock();
        try {
            return state == ModelState.READY ? served : null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The model for the running request, which it stays open for.
     *
     * @throws HttpError where it is not ready
     */
    Served use() {
        lock.lock();
        try {
            Served open = served;
            if (state == ModelState.READY && open != null) {
                if (Uses.note(this)) {
                    uses++;
                }
                return open;
            }
            boolean soon = state == ModelState.LOADING || state == ModelState.UNLOADING;
            throw HttpError.of(
                    soon ? HttpError.Kind.OVERLOADED : HttpError.Kind.NO_MODEL,
                    "the model '" + id + "' is not loaded: its state is " + state.text()
                            + (soon ? ", ask again later" : "; who runs the server can load it"));
        } finally {
            lock.unlock();
        }
    }

    /** A request that used it has ended. */
    void leave() {
        lock.lock();
        try {
            uses--;
            left.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Opens it, where it is not open; returns when it is ready. */
    void load() {
        Supplier<LanguageModel> open = opener;
        lock.lock();
        try {
            if (state == ModelState.READY) {
                return;
            }
            if (open == null || state == ModelState.LOADING || state == ModelState.UNLOADING) {
                throw busy("load");
            }
            state = ModelState.LOADING;
            failure = null;
        } finally {
            lock.unlock();
        }
        LanguageModel model = null;
        try {
            model = open.get();
            opened(new Served(id, model, Instant.now(), adapters));
        } catch (RuntimeException | Error e) {
            if (model != null) {
                model.close();
            }
            failed(e);
            throw e;
        }
    }

    private void opened(Served opened) {
        lock.lock();
        try {
            if (closed) {
                throw HttpError.of(HttpError.Kind.OVERLOADED, "the server is stopping");
            }
            served = opened;
            state = ModelState.READY;
        } finally {
            lock.unlock();
        }
    }

    private void failed(Throwable cause) {
        lock.lock();
        try {
            state = ModelState.FAILED;
            failure = String.valueOf(cause.getMessage());
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes no more requests, waits for those that use it, and frees it. What still runs after the time of grace is cancelled.
     *
     * @throws HttpError where it is being loaded or unloaded already
     */
    void unload(Duration grace) {
        Served open;
        lock.lock();
        try {
            if (state == ModelState.LOADING || state == ModelState.UNLOADING) {
                throw busy("unload");
            }
            open = served;
            if (open == null) {
                return;
            }
            state = ModelState.UNLOADING;
            long nanos = grace.toNanos();
            while (uses > 0 && nanos > 0) {
                nanos = left.awaitNanos(nanos);
            }
        } catch (InterruptedException e) {
            state = ModelState.READY;
            Thread.currentThread().interrupt();
            throw HttpError.of(HttpError.Kind.OVERLOADED, "the server is stopping");
        } finally {
            lock.unlock();
        }
        open.model().close();
        lock.lock();
        try {
            served = null;
            state = ModelState.UNLOADED;
        } finally {
            lock.unlock();
        }
    }

    private HttpError busy(String wish) {
        return HttpError.of(
                HttpError.Kind.CONFLICT,
                "the model '" + id + "' cannot be asked to " + wish + " now: its state is " + state.text());
    }

    /** Closes it for good; also one that is being loaded, when it is. */
    void close() {
        Served open;
        lock.lock();
        try {
            closed = true;
            open = served;
        } finally {
            lock.unlock();
        }
        if (open != null) {
            open.model().close();
        }
    }
}
