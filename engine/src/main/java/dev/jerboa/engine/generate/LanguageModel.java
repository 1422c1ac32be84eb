package dev.jerboa.engine.generate;

import dev.jerboa.engine.chat.ChatPrompt;
import dev.jerboa.engine.sample.Sampler;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.token.Tokenizer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * An open model: chat with it, or let it continue a text. {@link Jerboa#open} makes one.
 *
 * <p>Thread-safe. Any number of chats and completions may run at a time; the model computes one decoder step at a time,
 * theirs in turn. They share the cache, whose size {@link OpenOptions#cacheTokens} sets. Blocking calls are fit for virtual
 * threads.
 */
public final class LanguageModel implements AutoCloseable {
    private final ModelFacts facts;
    private final int[] endTokens;
    private final Steps steps;

    LanguageModel(ModelFacts facts, Steps steps) {
        this.facts = facts;
        this.endTokens = facts.endTokens().stream().mapToInt(Integer::intValue).toArray();
        this.steps = steps;
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
        return steps.cache().bytes();
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
        steps.requireOpen();
        tokenizer();
        chatPrompt();
        return new ChatSession(this, options, new Context(steps, contextLength()));
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
        steps.requireOpen();
        TokenText text = TokenText.continuation(tokenizer(), prompt, options.stops());
        try (Context context = new Context(steps, contextLength())) {
            return generate(context, prompt, options, text, listener, () -> false);
        }
    }

    /**
     * {@link #complete(String, GenerateOptions, Consumer)} as a publisher: each subscription generates once, on a virtual
     * thread that waits while the subscriber wants nothing.
     */
    public Flow.Publisher<Chunk> publish(String prompt, GenerateOptions options) {
        return new ChunkPublisher(
                (listener, cancellation) -> complete(prompt, options.withCancellation(cancellation), listener));
    }

    Reply generate(
            Context context,
            int[] prompt,
            GenerateOptions options,
            TokenText text,
            Consumer<? super Chunk> listener,
            BooleanSupplier cancelled) {
        if (prompt.length == 0) {
            throw new IllegalArgumentException(
                    "the prompt has no tokens, and the model has no token to begin a text with: give some text");
        }
        SamplingOptions sampling = options.sampling().orElse(facts.defaultSampling());
        Sampler sampler = new Sampler(sampling, steps.vocabularySize(), contextLength() + 1);
        return new Generation(steps, context, endTokens, options, sampler, text, listener, cancelled).run(prompt);
    }

    /**
     * Waits for the running step, then frees weights, cache and threads. Running replies end with an
     * {@link IllegalStateException}, as does every later use. Closing twice does nothing.
     */
    @Override
    public void close() {
        steps.close();
    }

    /** What a model is, apart from its computing. */
    record ModelFacts(
            String name,
            int contextLength,
            Optional<Tokenizer> tokenizer,
            Optional<ChatPrompt> chatPrompt,
            SamplingOptions defaultSampling,
            List<Integer> endTokens,
            Duration loadTime) {}
}
