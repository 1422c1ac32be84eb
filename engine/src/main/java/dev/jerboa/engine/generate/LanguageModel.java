package dev.jerboa.engine.generate;

import dev.jerboa.engine.chat.ChatPrompt;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.engine.schedule.Request;
import dev.jerboa.engine.schedule.Scheduler;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.token.Tokenizer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * An open model: chat with it, or let it continue a text. {@link Jerboa#open} makes one.
 *
 * <p>Thread-safe. Any number of chats and completions may run at a time: each step of the model carries a token of all of them
 * ({@link dev.jerboa.engine.schedule}). They share the cache, whose size {@link OpenOptions#cacheTokens} sets; where it is full, some
 * wait. What was computed of a text is kept while there is room, and not computed again. Blocking calls are fit for virtual threads.
 */
public final class LanguageModel implements AutoCloseable {
    private final ModelFacts facts;
    private final Set<Integer> endTokens;
    private final Scheduler scheduler;
    private final Runnable closing;
    private volatile boolean closed;
    private final ReentrantLock closer = new ReentrantLock();

    /** @param closing frees what the scheduler stands on, after it */
    LanguageModel(ModelFacts facts, Scheduler scheduler, Runnable closing) {
        this.facts = facts;
        this.endTokens = Set.copyOf(facts.endTokens());
        this.scheduler = scheduler;
        this.closing = closing;
    }

    /** The model's name, as its files say or as the path is called. */
    public String name() {
        return facts.name();
    }

    /** The most tokens of one text or conversation. */
    public int contextLength() {
        return facts.contextLength();
    }

    /** How long opening took. */
    public Duration loadTime() {
        return facts.loadTime();
    }

    /** Bytes of the cache when all of it is in use. */
    public long cacheBytes() {
        return scheduler.cacheBytes();
    }

    /** The sampling that the model's publisher recommends, or else Jerboa's: temperature 0.8, top-k 40, top-p 0.95, min-p 0.05. */
    public SamplingOptions defaultSampling() {
        return facts.defaultSampling();
    }

    /**
     * The model's tokenizer.
     *
     * @throws ModelException where the model's files have none
     */
    public Tokenizer tokenizer() {
        return facts.tokenizer()
                .orElseThrow(() -> new ModelException(name()
                        + ": the model's files have no tokenizer, so text cannot become tokens; add its tokenizer.json,"
                        + " or work with token ids"));
    }

    /** Whether the model can chat: whether its files have a chat template, or one was given. */
    public boolean hasChatTemplate() {
        return facts.chatPrompt().isPresent();
    }

    ChatPrompt chatPrompt() {
        return facts.chatPrompt()
                .orElseThrow(() -> new ModelException(name()
                        + ": the model has no chat template, so it was probably trained to continue texts, not to chat."
                        + " Let it complete a prompt instead, or give a template"));
    }

    /**
     * Begins a conversation.
     *
     * @throws ModelException where the model has no chat template or no tokenizer
     */
    public ChatSession chat(ChatOptions options) {
        requireOpen();
        tokenizer();
        chatPrompt();
        return new ChatSession(this, options);
    }

    /** {@link #complete(String, GenerateOptions, Consumer)} without a listener. */
    public Reply complete(String prompt, GenerateOptions options) {
        return complete(prompt, options, chunk -> {});
    }

    /**
     * Continues {@code prompt}, read as plain text with the BOS that the model wants before it. The reply holds what was
     * added, without the prompt.
     *
     * @param listener gets the continuation piece by piece, on the calling thread
     */
    public Reply complete(String prompt, GenerateOptions options, Consumer<? super Chunk> listener) {
        int[] prefix = tokenizer().prefix();
        int[] ids = tokenizer().encode(prompt, false);
        int[] all = new int[prefix.length + ids.length];
        System.arraycopy(prefix, 0, all, 0, prefix.length);
        System.arraycopy(ids, 0, all, prefix.length, ids.length);
        return complete(all, options, listener);
    }

    /** Continues tokens: {@link #complete(String, GenerateOptions, Consumer)} after tokenization. */
    public Reply complete(int[] prompt, GenerateOptions options, Consumer<? super Chunk> listener) {
        requireOpen();
        return generate(prompt, options, TokenText.continuation(tokenizer(), prompt, options.stops()), listener);
    }

    /**
     * {@link #complete(String, GenerateOptions, Consumer)} as a publisher: each subscription generates once, on a virtual
     * thread that waits while the subscriber wants nothing.
     */
    public Flow.Publisher<Chunk> publish(String prompt, GenerateOptions options) {
        return new ChunkPublisher(
                (listener, cancellation) -> complete(prompt, options.withCancellation(cancellation), listener));
    }

    Reply generate(int[] prompt, GenerateOptions options, TokenText text, Consumer<? super Chunk> listener) {
        requireOpen();
        if (prompt.length == 0) {
            throw new IllegalArgumentException(
                    "the prompt has no tokens, and the model has no token to begin a text with: give some text");
        }
        int room = contextLength() - prompt.length + 1; // nothing is computed after the last token
        if (room < 1) {
            return promptTooLong(prompt.length);
        }
        int most = options.maxTokens() == 0 ? room : Math.min(room, options.maxTokens());
        Request request = Request.of(prompt, options.sampling().orElse(facts.defaultSampling()), most)
                .withStopTokens(options.ignoreEnd() ? Set.of() : endTokens);
        try {
            return new Generation(request, options, text, listener).run(scheduler, contextLength());
        } catch (IllegalStateException e) {
            requireOpen();
            throw e;
        }
    }

    private Reply promptTooLong(int tokens) {
        return new Reply(
                "",
                "",
                List.of(),
                FinishReason.CONTEXT_FULL,
                "the prompt has " + tokens + " tokens and the context holds " + contextLength()
                        + ": open the model with a longer context, or shorten the prompt",
                new TokenCounts(tokens, 0, 0),
                new Timings(0, 0, 0, 0));
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the model is closed");
        }
    }

    /**
     * Waits for the running step, then frees weights, cache and threads. Running replies end with an
     * {@link IllegalStateException}, as does every later use. Closing twice does nothing.
     */
    @Override
    public void close() {
        closer.lock();
        try {
            if (!closed) {
                closed = true;
                scheduler.close();
                closing.run();
            }
        } finally {
            closer.unlock();
        }
    }

    /** What a model is, apart from its computing. */
    record ModelFacts(
            String name,
            int contextLength,
            Optional<Tokenizer> tokenizer,
            Optional<ChatPrompt> chatPrompt,
            SamplingOptions defaultSampling,
            List<Integer> endTokens,
            Duration loadTime) {
        ModelFacts withLoadTime(Duration taken) {
            return new ModelFacts(name, contextLength, tokenizer, chatPrompt, defaultSampling, endTokens, taken);
        }
    }
}
