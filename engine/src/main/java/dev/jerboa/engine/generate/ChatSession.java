package dev.jerboa.engine.generate;

import dev.jerboa.engine.chat.ChatMessage;
import dev.jerboa.engine.chat.ReplyFormat;
import dev.jerboa.engine.chat.tool.ToolDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A conversation with a model. Keeps the keys and values of earlier turns: a turn computes only what the prompt does not
 * share with the turn before.
 *
 * <p>Thread-safe: turns of several callers follow one another; {@link #cancel} may come from any thread. Blocking calls hold
 * no monitor and are fit for virtual threads. Listeners run on the calling thread, between steps; an exception of a
 * listener ends the turn, comes out of {@code send}, and leaves the conversation as it was before.
 */
public final class ChatSession implements AutoCloseable {
    private final LanguageModel model;
    private final ChatOptions options;
    private final Context context;
    private final ReentrantLock turn = new ReentrantLock(true);
    private final List<ChatMessage> messages;
    private volatile boolean cancelled;
    private volatile boolean closed;

    ChatSession(LanguageModel model, ChatOptions options, Context context) {
        this.model = model;
        this.options = options;
        this.context = context;
        this.messages = new ArrayList<>(options.messages());
    }

    /** Sends a user's message and waits for the reply. */
    public Reply send(String text) {
        return send(text, chunk -> {});
    }

    /** Sends a user's message; {@code listener} gets the reply piece by piece. */
    public Reply send(String text, Consumer<? super Chunk> listener) {
        return send(List.of(ChatMessage.user(text)), options.generation(), listener);
    }

    /**
     * Adds messages and generates the assistant's next one.
     *
     * <p>A reply that was cancelled or cut by a limit is part of the conversation as far as it came. Where not one token was
     * generated, the conversation stays as it was.
     *
     * @throws IllegalStateException when the session or the model is closed
     * @throws dev.jerboa.model.template.TemplateException when the template refuses the conversation
     */
    public Reply send(List<ChatMessage> added, GenerateOptions generation, Consumer<? super Chunk> listener) {
        refuseInsideListener("send");
        turn.lock();
        try {
            requireOpen();
            cancelled = false;
            List<ChatMessage> all = new ArrayList<>(messages);
            all.addAll(added);
            String prompt = model.chatPrompt().render(all, options.tools(), options.variables());
            ReplyFormat format = model.chatPrompt().format();
            List<ToolDefinition> tools =
                    options.tools().stream().map(ToolDefinition::of).toList();
            TokenText text =
                    TokenText.reply(model.tokenizer(), format, format.openedBy(prompt), tools, generation.stops());
            int[] ids = model.tokenizer().encode(prompt, true);
            Reply reply = model.generate(context, ids, generation, text, listener, () -> cancelled);
            if (reply.tokens().generated() > 0) {
                messages.addAll(added);
                messages.add(ChatMessage.assistant(
                        reply.text(), reply.reasoning().isEmpty() ? null : reply.reasoning(), reply.toolCalls()));
            }
            return reply;
        } finally {
            turn.unlock();
        }
    }

    /**
     * {@link #send(String, Consumer)} as a publisher: each subscription sends the message once, on a virtual thread that
     * waits while the subscriber wants nothing; cancelling the subscription cancels the reply.
     */
    public Flow.Publisher<Chunk> publish(String text) {
        return new ChunkPublisher((listener, cancellation) ->
                send(List.of(ChatMessage.user(text)), options.generation().withCancellation(cancellation), listener));
    }

    /** Ends the running reply, if any, after its current step; {@code send} then returns what there is. */
    public void cancel() {
        cancelled = true;
    }

    /** A copy of the conversation so far. */
    public List<ChatMessage> messages() {
        turn.lock();
        try {
            return List.copyOf(messages);
        } finally {
            turn.unlock();
        }
    }

    /** Goes back to the messages that the chat began with. */
    public void clear() {
        refuseInsideListener("clear");
        turn.lock();
        try {
            messages.clear();
            messages.addAll(options.messages());
        } finally {
            turn.unlock();
        }
    }

    /** Tokens of the conversation in the cache. */
    public int contextTokens() {
        turn.lock();
        try {
            return context.length();
        } finally {
            turn.unlock();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the chat session is closed");
        }
    }

    private void refuseInsideListener(String what) {
        if (turn.isHeldByCurrentThread()) {
            throw new IllegalStateException(what + " was called from a listener of the same session's running reply");
        }
    }

    /** Cancels the running reply, waits for its end, and gives the cache's pages back. Closing twice does nothing. */
    @Override
    public void close() {
        refuseInsideListener("close");
        closed = true;
        cancelled = true;
        turn.lock();
        try {
            context.close();
        } finally {
            turn.unlock();
        }
    }
}
