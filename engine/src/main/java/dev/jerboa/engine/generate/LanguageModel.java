package dev.jerboa.engine.generate;

import dev.jerboa.engine.cache.Scope;
import dev.jerboa.engine.chat.ChatMessage;
import dev.jerboa.engine.chat.ChatPrompt;
import dev.jerboa.engine.chat.ReasoningFormat;
import dev.jerboa.engine.chat.ReasoningSettings;
import dev.jerboa.engine.chat.ReplyFormat;
import dev.jerboa.engine.chat.tool.ToolChoice;
import dev.jerboa.engine.chat.tool.ToolDefinition;
import dev.jerboa.engine.constrain.Constraint;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.engine.schedule.Pooling;
import dev.jerboa.engine.schedule.Request;
import dev.jerboa.engine.schedule.Scheduler;
import dev.jerboa.engine.schedule.SchedulerStatus;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.ExpertTraffic;
import dev.jerboa.model.token.Tokenizer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
    private final Supplier<Optional<ExpertTraffic>> experts;
    private final Runnable closing;
    private volatile boolean closed;
    private volatile @Nullable ReplyConstraints constraints;
    private final ReentrantLock closer = new ReentrantLock();

    /**
     * @param experts how experts come and go
     * @param closing frees what the scheduler stands on, after it
     */
    LanguageModel(ModelFacts facts, Scheduler scheduler, Supplier<Optional<ExpertTraffic>> experts, Runnable closing) {
        this.facts = facts;
        this.endTokens = Set.copyOf(facts.endTokens());
        this.scheduler = scheduler;
        this.experts = experts;
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

    /** How many parameters it has. */
    public long parameterCount() {
        return facts.parameterCount();
    }

    /** Bytes of the weights as its files have them. */
    public long weightBytes() {
        return facts.weightBytes();
    }

    /** How many adapters it was opened with; their numbers are their places among {@link OpenOptions#adapters}. */
    public int adapters() {
        return facts.adapters();
    }

    /**
     * Whether adaptation −1 is the model without its adapters: not so where one of them had to be merged into its weights (DoRA, and
     * up-projections of latents).
     */
    public boolean hasBase() {
        return facts.hasBase();
    }

    /** How long opening took. */
    public Duration loadTime() {
        return facts.loadTime();
    }

    /** Bytes of the cache, that of guesses included, when all of it is in use. */
    public long cacheBytes() {
        return scheduler.cacheBytes();
    }

    /** How experts of a mixture have come and gone that do not all fit in memory; empty where they do. */
    public Optional<ExpertTraffic> expertTraffic() {
        return experts.get();
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
        return generate(prompt(prompt), options, listener);
    }

    /** Continues tokens: {@link #complete(String, GenerateOptions, Consumer)} after tokenization. */
    public Reply complete(int[] prompt, GenerateOptions options, Consumer<? super Chunk> listener) {
        return generate(prompt(prompt), options, listener);
    }

    /**
     * {@link #complete(String, GenerateOptions, Consumer)} as a publisher: each subscription generates once, on a virtual
     * thread that waits while the subscriber wants nothing.
     */
    public Flow.Publisher<Chunk> publish(String prompt, GenerateOptions options) {
        return new ChunkPublisher(
                (listener, cancellation) -> complete(prompt, options.withCancellation(cancellation), listener));
    }

    /** A text to be continued: read as plain text, with the BOS that the model wants before it. */
    public Prompt prompt(String text) {
        int[] prefix = tokenizer().prefix();
        int[] ids = tokenizer().encode(text, false);
        int[] all = new int[prefix.length + ids.length];
        System.arraycopy(prefix, 0, all, 0, prefix.length);
        System.arraycopy(ids, 0, all, prefix.length, ids.length);
        return prompt(all);
    }

    /** Tokens to be continued. */
    public Prompt prompt(int[] ids) {
        return Prompt.of(ids);
    }

    /** A text with a gap to be filled in; empty where the tokenizer has no tokens for that. */
    public Optional<Prompt> fill(String before, String after) {
        return FillIn.of(tokenizer()).map(form -> prompt(form.ids(tokenizer(), before, after)));
    }

    /** Whether the model's chat template speaks of thinking. */
    public boolean thinks() {
        return facts.chatPrompt()
                .filter(chat ->
                        chat.format().reasoning() != null || chat.format().isHarmony())
                .isPresent();
    }

    /**
     * A conversation whose next message is asked for.
     *
     * @throws ModelException where the model has no chat template or no tokenizer
     * @throws dev.jerboa.model.template.TemplateException where the template refuses the conversation
     */
    public Prompt prompt(ChatTurn turn) {
        ReasoningSettings reasoning = chatPrompt().reasoning(turn.reasoning());
        String text = render(turn);
        ReplyFormat format = chatPrompt().format();
        return new Prompt(
                tokenizer().encode(text, true),
                format,
                !turn.continued() && format.openedBy(text),
                turn.tools().stream().map(ToolDefinition::of).toList(),
                reasoning.ignored());
    }

    /** A conversation as the template renders it. */
    public String render(ChatTurn turn) {
        ChatPrompt chat = chatPrompt();
        Map<String, @Nullable Object> variables =
                new LinkedHashMap<>(chat.reasoning(turn.reasoning()).variables());
        variables.putAll(turn.variables());
        if (!turn.continued()) {
            return chat.render(turn.messages(), turn.tools(), variables);
        }
        List<ChatMessage> before = turn.messages().subList(0, turn.messages().size() - 1);
        String prompt = chat.render(before, turn.tools(), variables);
        return prompt + begun(chat.format(), prompt, turn.messages().getLast());
    }

    /** The beginning of a reply that is there already, as the model would have written it. */
    private static String begun(ReplyFormat format, String prompt, ChatMessage message) {
        ReasoningFormat thinking = format.reasoning();
        if (thinking == null || format.isHarmony()) {
            return message.content();
        }
        String reasoning = message.reasoning();
        boolean opened = format.openedBy(prompt);
        if (reasoning == null) {
            return (opened ? "\n" + thinking.close() + "\n\n" : "") + message.content();
        }
        return (opened ? "" : thinking.open() + "\n") + reasoning + "\n" + thinking.close() + "\n\n"
                + message.content();
    }

    /**
     * What a reply to {@code prompt} has to be, for {@link Ask#withConstraint}: null where it is free. Compiled once and kept.
     *
     * @throws dev.jerboa.engine.constrain.grammar.ConstraintException where the form cannot be enforced
     * @throws IllegalArgumentException where a form of the answer and required calls are asked for together
     */
    public @Nullable Constraint constraint(Prompt prompt, ToolChoice choice, boolean parallel, AnswerForm form) {
        if (form instanceof AnswerForm.Free && prompt.tools().isEmpty()) {
            return null;
        }
        return constraints().of(prompt, choice, parallel, form);
    }

    private ReplyConstraints constraints() {
        ReplyConstraints known = constraints;
        if (known == null) {
            closer.lock();
            try {
                known = constraints;
                if (known == null) {
                    known = new ReplyConstraints(tokenizer());
                    constraints = known;
                }
            } finally {
                closer.unlock();
            }
        }
        return known;
    }

    /**
     * Asks for a reply; the listener hears of it from the scheduler's thread. A prompt that the context has no room for ends at once,
     * on the calling thread, as {@link FinishReason#CONTEXT_FULL}.
     *
     * @throws IllegalArgumentException where the prompt has no tokens, or the model has no such adaptation
     * @throws dev.jerboa.engine.schedule.OverloadedException where too many wait already
     * @throws IllegalStateException when the model is closed
     */
    public Asked ask(Ask ask, AskListener listener) {
        return ask(ask, listener, false);
    }

    /**
     * Asks for a reply, as {@link #ask(Ask, AskListener)}.
     *
     * @param further whether it is one of several that are wanted together, and not the first: then it is taken however many wait
     */
    public Asked ask(Ask ask, AskListener listener, boolean further) {
        requireOpen();
        requireAdaptation(ask.scope().adaptation());
        int[] ids = ask.prompt().ids();
        if (ids.length == 0) {
            throw new IllegalArgumentException(
                    "the prompt has no tokens, and the model has no token to begin a text with: give some text");
        }
        int room = contextLength() - ids.length + 1; // nothing is computed after the last token
        if (room < 1) {
            listener.ended(promptTooLong(ids.length));
            return Asked.NOTHING;
        }
        boolean limited = ask.maxTokens() > 0 && ask.maxTokens() <= room;
        Request request = Request.of(ids, ask.sampling(), limited ? ask.maxTokens() : room)
                .withStopTokens(ask.ignoreEnd() ? Set.of() : endTokens)
                .withLikeliest(ask.likeliest())
                .withScope(ask.scope())
                .withService(ask.service())
                .withConstraint(ask.constraint());
        TokenText text = TokenText.after(ask.prompt(), tokenizer(), ask.stops(), listener);
        try {
            Writing writing = new Writing(request, contextLength(), limited, text, listener);
            return new Asked(scheduler.submit(request, writing, further));
        } catch (IllegalStateException e) {
            requireOpen();
            throw e;
        }
    }

    /** Without adapters 0 is the model's only computation, and −1 too. */
    private void requireAdaptation(int number) {
        if (number < -1 || number >= Math.max(1, adapters())) {
            throw new IllegalArgumentException("adaptation " + number + " of a model with " + adapters()
                    + " adapters: expected −1 for none, or a" + " place among them");
        }
    }

    private Outcome promptTooLong(int tokens) {
        return new Outcome(
                FinishReason.CONTEXT_FULL,
                "the prompt has " + tokens + " tokens and the context holds " + contextLength()
                        + ": open the model with a longer context, or shorten the prompt",
                null,
                new TokenCounts(tokens, 0, 0),
                0,
                new Timings(0, 0, 0, 0));
    }

    Reply generate(Prompt prompt, GenerateOptions options, Consumer<? super Chunk> listener) {
        Ask ask = Ask.of(prompt, options.sampling().orElse(facts.defaultSampling()))
                .withMaxTokens(options.maxTokens())
                .withStops(options.stops())
                .withIgnoreEnd(options.ignoreEnd());
        try {
            return new Generation(prompt.ids().length, options, listener).run(this, ask);
        } catch (IllegalStateException e) {
            requireOpen();
            throw e;
        }
    }

    /**
     * The vector of a text's tokens: the model's last hidden states, pooled. Cancelling the future ends it.
     *
     * @param adaptation the model's adaptation, or −1 for none
     * @throws IllegalArgumentException where the text has no tokens or more than the context holds, or the model has no such adaptation
     */
    public CompletableFuture<float[]> embed(int[] tokens, int adaptation, Pooling pooling) {
        requireOpen();
        requireAdaptation(adaptation);
        if (tokens.length > contextLength()) {
            throw new IllegalArgumentException("the text has " + tokens.length + " tokens and the context holds "
                    + contextLength() + ": shorten it, or open the model with a longer context");
        }
        return scheduler.embed(tokens, adaptation, pooling);
    }

    /**
     * The natural logarithms of the probabilities of {@code tokens} from {@code from} on, each after all tokens before it. The same bits
     * for any threads and company; beginnings that are known are not computed again. Cancelling the future ends it.
     *
     * @param tokens at most one more than the context holds; not to be changed after
     * @param adaptation the model's adaptation, or −1 for none
     * @throws IllegalArgumentException where the tokens are more than that, {@code from} is not from 1 to their number, or the model
     *     has no such adaptation
     */
    public CompletableFuture<double[]> score(int[] tokens, int from, int adaptation) {
        requireOpen();
        requireAdaptation(adaptation);
        if (tokens.length - 1 > contextLength()) {
            throw new IllegalArgumentException("the text has " + tokens.length + " tokens and the context holds "
                    + contextLength() + ": shorten it, or open the model with a longer context");
        }
        return scheduler.score(tokens, from, new Scope(adaptation, ""));
    }

    /** What the scheduler is doing and has done. */
    public SchedulerStatus status() {
        return scheduler.status();
    }

    /** Forgets what is kept of texts that were computed: who begins with them computes them again. */
    public void forget() {
        requireOpen();
        scheduler.forget();
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
            long parameterCount,
            long weightBytes,
            int contextLength,
            Optional<Tokenizer> tokenizer,
            Optional<ChatPrompt> chatPrompt,
            SamplingOptions defaultSampling,
            List<Integer> endTokens,
            int adapters,
            boolean hasBase,
            Duration loadTime) {
        ModelFacts loaded(int adapters, boolean hasBase, Duration taken) {
            return new ModelFacts(
                    name,
                    parameterCount,
                    weightBytes,
                    contextLength,
                    tokenizer,
                    chatPrompt,
                    defaultSampling,
                    endTokens,
                    adapters,
                    hasBase,
                    taken);
        }
    }
}
