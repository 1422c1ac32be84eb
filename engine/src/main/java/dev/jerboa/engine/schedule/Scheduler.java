package dev.jerboa.engine.schedule;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Scope;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.KvShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Runs many requests on one decoder, a thread of its own stepping while there are any. What a request is given depends on nothing but
 * itself and the decoder.
 *
 * <p>Owns its cache; decoder and team belong to the caller, who closes them after it, and runs no other step of this decoder while
 * requests are under way. Thread-safe.
 */
public final class Scheduler implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Scheduler.class.getName());

    private final KvCache cache;
    private final Drafters drafters;
    private final boolean guessing;
    private final int vocabularySize;
    private final int maxWaiting;
    private final Counters counters = new Counters();
    private final Batch batch;
    private final LinkedBlockingQueue<Runnable> commands = new LinkedBlockingQueue<>();
    private final Thread thread;
    /** Guarded by {@link #commands}: no command is put after the last one. */
    private boolean closed;

    /** Why it was closed by itself; guarded likewise. */
    private @Nullable IllegalStateException failure;
    /** Of the scheduler's thread. */
    private boolean ending;

    private Scheduler(StepModel model, @Nullable StepModel draft, Team team, ScheduleOptions options) {
        this.cache = cache(model, options);
        this.vocabularySize = model.vocabularySize();
        this.maxWaiting = options.maxWaiting();
        this.drafters = drafters(options, model, draft);
        this.guessing = drafters.guesses();
        this.batch = new Batch(model, drafters, team, cache, options, counters);
        counters.set(0, 0, cache.free(), 0);
        this.thread = Thread.ofPlatform().name("jerboa-scheduler").daemon().unstarted(this::live);
    }

    /** A cache for what the options say. */
    static KvCache cache(StepModel model, ScheduleOptions options) {
        List<KvShape> shapes = model.cacheShape();
        int sequences = Math.min(options.maxSequences(), model.maxStepTokens());
        int states = KvCache.statesFor(shapes, options.cacheTokens(), options.cacheType(), sequences);
        return KvCache.open(shapes, options.cacheTokens(), options.cacheType(), states);
    }

    private Drafters drafters(ScheduleOptions options, StepModel model, @Nullable StepModel draft) {
        try {
            return Drafters.of(options, model, draft, counters);
        } catch (RuntimeException | Error e) {
            cache.close();
            throw e;
        }
    }

    /**
     * Opens a scheduler with a cache of its own.
     *
     * @param team the decoder's, which also chooses tokens
     */
    public static Scheduler open(Decoder decoder, Team team, ScheduleOptions options) {
        return open(new DecoderSteps(decoder), team, options);
    }

    /**
     * Opens a scheduler with a cache of its own.
     *
     * @param team chooses tokens
     */
    public static Scheduler open(StepModel model, Team team, ScheduleOptions options) {
        return open(model, null, team, options);
    }

    /**
     * Opens a scheduler with a cache of its own.
     *
     * <p>Where {@code model} keeps running states nothing is guessed, whatever draft and options say; a line in the log tells.
     *
     * @param draft a smaller model with the same tokens that guesses ahead, instead of what the options say of guessing, with a cache of
     *     as many tokens; null for none. Its steps run between those of {@code model}
     * @param team chooses tokens
     */
    public static Scheduler open(StepModel model, @Nullable StepModel draft, Team team, ScheduleOptions options) {
        Optional<String> off = whyNoGuesses(model.cacheShape());
        if (off.isPresent() && (draft != null || options.speculation() != Speculation.OFF)) {
            LOG.log(System.Logger.Level.INFO, "guesses are off: " + off.get());
        }
        Scheduler scheduler = new Scheduler(model, draft, team, options);
        scheduler.thread.start();
        return scheduler;
    }

    /** Why nothing is guessed for a model that keeps this, whatever the options say; empty where guesses can be made. */
    public static Optional<String> whyNoGuesses(List<KvShape> shapes) {
        return KvCache.stateBytes(shapes) == 0
                ? Optional.empty()
                : Optional.of("the model keeps running states, which cannot be taken back where a guess is wrong");
    }

    /**
     * Queues a request.
     *
     * @param listener hears of each token and of the end
     * @throws IllegalArgumentException where prompt and completion together are larger than the cache, or a token is not in the
     *     vocabulary
     * @throws OverloadedException where too many wait already
     * @throws IllegalStateException when the scheduler is closed, by {@link #close} or because its decoder failed
     */
    public Ticket submit(Request request, Listener listener) {
        return submit(request, listener, false);
    }

    /**
     * Queues a request, as {@link #submit(Request, Listener)}.
     *
     * @param further whether it is one of several that are wanted together, and not the first: then it is taken however many wait.
     *     Otherwise who wants several would never be served while others fill each place that comes free
     */
    public Ticket submit(Request request, Listener listener, boolean further) {
        check(request);
        int waiting = counters.waiting() + commands.size();
        if (!further && waiting >= maxWaiting) {
            throw new OverloadedException(waiting);
        }
        Ticket ticket = new Ticket(this, request, listener);
        put(() -> batch.add(ticket.track()));
        return ticket;
    }

    /** {@link #submit(Request, Listener)} without a listener. */
    public Ticket submit(Request request) {
        return submit(request, Listener.NONE);
    }

    /**
     * Runs requests to their ends and returns their completions, in the same order. An interrupt of the calling thread cancels what is
     * left of them, and stays set.
     *
     * @throws IllegalArgumentException as {@link #submit}; then none is run
     * @throws IllegalStateException where one failed; the others are cancelled
     */
    public List<Completion> run(List<Request> requests) {
        List<Ticket> tickets = new ArrayList<>(requests.size());
        for (Request request : requests) {
            check(request);
            tickets.add(new Ticket(this, request, Listener.NONE));
        }
        put(() -> tickets.forEach(ticket -> batch.add(ticket.track())));
        boolean interrupted = false;
        List<Completion> completions = new ArrayList<>(tickets.size());
        try {
            for (Ticket ticket : tickets) {
                try {
                    completions.add(ticket.await());
                } catch (InterruptedException e) {
                    interrupted = true;
                    tickets.forEach(Ticket::cancel);
                    completions.add(ticket.join());
                }
            }
        } catch (IllegalStateException e) {
            tickets.forEach(Ticket::cancel);
            throw e;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        return completions;
    }

    /**
     * The vector of a text: the last states of its tokens, pooled. Computed between the steps of requests; cancelling the future ends
     * it.
     *
     * @param adaptation the decoder's adaptation
     * @throws IllegalArgumentException where the text is larger than the cache, has no tokens, or one that is not in the vocabulary
     */
    public CompletableFuture<float[]> embed(int[] tokens, int adaptation, Pooling pooling) {
        if (tokens.length == 0) {
            throw new IllegalArgumentException("the text has no tokens");
        }
        if (tokens.length > cache.capacity()) {
            throw new IllegalArgumentException("a text of " + tokens.length + " tokens does not fit the cache of "
                    + cache.capacity() + ": shorten it, or open the scheduler with more cache tokens");
        }
        requireKnown(tokens);
        Embedding embedding = new Embedding(tokens, adaptation, pooling);
        put(() -> batch.add(embedding));
        return embedding.outcome();
    }

    /**
     * Scores a text's tokens from {@code from} on: for each, the natural logarithm of its probability after all tokens before it. What
     * is known of its beginning is taken over, and what it computes is left to others. Computed between the steps of requests; cancelling
     * the future ends it. A logit that is no number makes NaN.
     *
     * @param tokens not to be changed after
     * @param from from 1 to the number of tokens
     * @param scope whose computed positions it shares, and the decoder's adaptation
     * @throws IllegalArgumentException where the text is larger than the cache, or has a token that is not in the vocabulary
     */
    public CompletableFuture<double[]> score(int[] tokens, int from, Scope scope) {
        if (from < 1 || from > tokens.length) {
            throw new IllegalArgumentException("tokens are scored from " + from + " on, expected from 1 to "
                    + tokens.length + ": nothing is predicted before the first token");
        }
        if (tokens.length - 1 > cache.capacity()) {
            throw new IllegalArgumentException("a text of " + tokens.length + " tokens does not fit the cache of "
                    + cache.capacity() + ": shorten it, or open the scheduler with more cache tokens");
        }
        requireKnown(tokens);
        if (from == tokens.length) {
            return CompletableFuture.completedFuture(new double[0]);
        }
        Scoring scoring = new Scoring(tokens, from, scope);
        put(() -> batch.add(scoring));
        return scoring.outcome();
    }

    /** What it is doing and has done. */
    public SchedulerStatus status() {
        return counters.status(cache.capacity(), cache.stateRows(), guessing);
    }

    /** Forgets what is kept of requests that have ended. */
    public void forget() {
        put(batch::forget);
    }

    /** Bytes of the cache, and of that of guesses, when all of it has been written. */
    public long cacheBytes() {
        return cache.bytes() + drafters.bytes();
    }

    private void check(Request request) {
        if (request.positions() > cache.capacity()) {
            throw new IllegalArgumentException(
                    "a prompt of " + request.prompt().length + " tokens and a completion of up to "
                            + request.maxTokens() + " do not fit the cache of " + cache.capacity()
                            + ": ask for fewer, or open the scheduler with more cache tokens");
        }
        requireKnown(request.prompt());
    }

    private void requireKnown(int[] tokens) {
        for (int token : tokens) {
            if (token < 0 || token >= vocabularySize) {
                throw new IllegalArgumentException(
                        "token id " + token + " is outside the vocabulary of " + vocabularySize);
            }
        }
    }

    void cancel(Ticket ticket) {
        synchronized (commands) {
            if (!closed) {
                commands.add(() -> batch.cancel(ticket.track()));
            }
        }
    }

    private void put(Runnable command) {
        synchronized (commands) {
            if (failure != null) {
                throw new IllegalStateException(
                        "the scheduler has ended, since " + failure.getMessage() + "; open the model again", failure);
            }
            if (closed) {
                throw new IllegalStateException("the scheduler is closed");
            }
            commands.add(command);
        }
    }

    private void live() {
        try {
            while (!ending) {
                Runnable command = batch.isEmpty() ? take() : commands.poll();
                if (command != null) {
                    command.run();
                } else {
                    batch.step();
                }
            }
        } catch (Throwable e) {
            IllegalStateException cause = new IllegalStateException("a step of the decoder failed: " + e, e);
            synchronized (commands) {
                closed = true;
                failure = cause;
            }
            batch.failAll(cause);
            commands.forEach(Runnable::run);
            batch.failAll(cause);
        }
    }

    /** The next command; an interrupt is nobody's business. */
    private Runnable take() {
        while (true) {
            try {
                return commands.take();
            } catch (InterruptedException e) {
                Thread.interrupted();
            }
        }
    }

    /**
     * Cancels what is under way, waits for the running step, and frees the cache. Not to be called by a listener. Closing twice does
     * nothing.
     */
    @Override
    public void close() {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException("Scheduler.close called by a listener");
        }
        synchronized (commands) {
            if (!closed) {
                closed = true;
                commands.add(() -> {
                    batch.cancelAll();
                    ending = true;
                });
            }
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        drafters.close();
        cache.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
