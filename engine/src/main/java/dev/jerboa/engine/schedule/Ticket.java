package dev.jerboa.engine.schedule;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** A submitted request, for the one who waits for it. Thread-safe. */
public final class Ticket {
    private final Scheduler scheduler;
    private final Track track;
    private final CompletableFuture<Completion> outcome = new CompletableFuture<>();

    Ticket(Scheduler scheduler, Request request, Listener listener) {
        this.scheduler = scheduler;
        this.track = new Track(request, new Relay(listener));
    }

    /** Tells the outcome when the listener knows it. */
    private final class Relay implements Listener {
        private final Listener listener;

        Relay(Listener listener) {
            this.listener = listener;
        }

        @Override
        public void prompt(int known, int takenOver) {
            listener.prompt(known, takenOver);
        }

        @Override
        public boolean token(Pick pick) {
            return listener.token(pick);
        }

        @Override
        public void ended(Completion completion) {
            try {
                listener.ended(completion);
                outcome.complete(completion);
            } catch (RuntimeException | Error e) { // others are still to be told
                outcome.completeExceptionally(e);
            }
        }

        @Override
        public void failed(RuntimeException cause) {
            try {
                listener.failed(cause);
            } catch (RuntimeException | Error e) {
                cause.addSuppressed(e);
            }
            outcome.completeExceptionally(cause);
        }
    }

    Track track() {
        return track;
    }

    /**
     * Ends the request within a step, if it has not ended: its pages go back, and its completion has the tokens so far. The sampled
     * text of others does not change.
     */
    public void cancel() {
        scheduler.cancel(this);
    }

    public boolean isDone() {
        return outcome.isDone();
    }

    /**
     * Waits for the end.
     *
     * @throws IllegalStateException where the request failed, with the cause
     */
    public Completion await() throws InterruptedException {
        try {
            return outcome.get();
        } catch (ExecutionException e) {
            throw failure(e);
        }
    }

    /** Waits for the end, whether or not the thread is interrupted, whose flag stays as it is. */
    Completion join() {
        try {
            return outcome.join();
        } catch (CompletionException e) {
            throw failure(e);
        }
    }

    private static IllegalStateException failure(Exception e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return new IllegalStateException("the request failed: " + cause.getMessage(), cause);
    }
}
