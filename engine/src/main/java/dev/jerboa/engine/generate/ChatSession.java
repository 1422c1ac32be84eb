package dev.jerboa.engine.generate;

import dev.jerboa.engine.chat.ChatMessage;
import dev.jerboa.engine.chat.ReasoningRequest;
import dev.jerboa.engine.chat.tool.ToolChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A conversation with a model. A turn computes only what its prompt does not share with earlier turns, or with other conversations.
 *
 * <p>Thread-safe: turns of several callers follow one another; {@link #cancel} may come from any thread. Blocking calls hold
 * no monitor and are fit for virtual threads. Listeners run on the calling thread; an exception of a
 * listener ends the turn, comes out of {@code send}, and leaves the conversation as it was before.
 */
public final class ChatSession implements AutoCloseable {
    private final LanguageModel model;
    private final ChatOptions options;
    private final ReentrantLock turn = new ReentrantLock(true);
    private final List<ChatMessage> messages;
    private volatile Cancellation running = new Cancellation();
    private int contextTokens;
    private volatile boolean closed;

    ChatSession(LanguageModel model, ChatOptions options) {
        this.model = model;
        this.options = options;
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
            Cancellation own = new Cancellation();
            running = own;
            List<ChatMessage> all = new ArrayList<>(messages);
            all.addAll(added);
            Prompt prompt = model.prompt(new ChatTurn(
                    all,
                    options.tools(),
                    new ToolChoice.Auto(),
                    true,
                    ReasoningRequest.unspecified(),
                    options.variables(),
                    false));
            Reply reply;
            try (Cancellation.Registration ignored = generation.cancellation().onCancel(own::cancel)) {
                reply = model.generate(prompt, generation.withCancellation(own), listener);
            }
            contextTokens = reply.tokens().prompt() + reply.tokens().generated();
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
        running.cancel();
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
            contextTokens = 0;
        } finally {
            turn.unlock();
        }
    }

    /** Tokens of the last turn's prompt and reply. */
    public int contextTokens() {
        turn.lock();
        try {
            return contextTokens;
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

    /** Cancels the running reply and waits for its end. Closing twice does nothing. */
    @Override
    public void close() {
        refuseInsideListener("close");
        closed = true;
        running.cancel();
        turn.lock();
        turn.unlock();
    }
}
