package dev.jerboa.engine.generate;

import dev.jerboa.engine.chat.ReplyCollector;
import dev.jerboa.engine.chat.tool.ToolCall;
import dev.jerboa.engine.schedule.Pick;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One reply for a caller who waits. The scheduler's thread tells it by events; the calling thread hands the text to the listener, which
 * may take its time. What the listener was given is the reply.
 */
final class Generation {
    /** What the scheduler's thread tells the calling one. */
    private sealed interface Event {
        record Progress(int known) implements Event {}

        /** Text, when {@code tokens} were generated. */
        record Piece(Chunk chunk, int tokens) implements Event {}

        record Ended(Outcome outcome, List<ToolCall> calls) implements Event {}

        record Failed(RuntimeException cause) implements Event {}
    }

    private final int promptTokens;
    private final GenerateOptions options;
    private final Consumer<? super Chunk> listener;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final StringBuilder given = new StringBuilder();
    private final StringBuilder givenReasoning = new StringBuilder();
    private final long start = System.nanoTime();
    private int givenTokens;

    Generation(int promptTokens, GenerateOptions options, Consumer<? super Chunk> listener) {
        this.promptTokens = promptTokens;
        this.options = options;
        this.listener = listener;
    }

    /** Of the scheduler's thread. */
    private final class Ear implements AskListener {
        private final ReplyCollector reply = new ReplyCollector();
        private int answerSent;
        private int reasoningSent;
        private int generated;

        @Override
        public void prompt(int known, int takenOver) {
            if (options.progress() != PromptProgress.NONE) {
                events.add(new Event.Progress(known));
            }
        }

        @Override
        public void token(Pick pick, boolean thinking, String text) {
            generated++;
        }

        @Override
        public void answer(CharSequence text) {
            reply.answer(text);
        }

        @Override
        public void reasoning(CharSequence text) {
            reply.reasoning(text);
        }

        @Override
        public void callStarted(int index, String id, String name) {
            reply.callStarted(index, id, name);
        }

        @Override
        public void callArguments(int index, CharSequence json) {
            reply.callArguments(index, json);
        }

        @Override
        public void callFinished(int index, boolean whole) {
            reply.callFinished(index, whole);
        }

        @Override
        public void told() {
            String answer = reply.answer().substring(answerSent);
            String reasoning = reply.reasoning().substring(reasoningSent);
            if (!answer.isEmpty() || !reasoning.isEmpty()) {
                answerSent += answer.length();
                reasoningSent += reasoning.length();
                events.add(new Event.Piece(new Chunk(answer, reasoning), generated));
            }
        }

        @Override
        public void ended(Outcome outcome) {
            events.add(new Event.Ended(outcome, reply.calls()));
        }

        @Override
        public void failed(RuntimeException cause) {
            events.add(new Event.Failed(cause));
        }
    }

    /** Generates the reply; an interrupt of the calling thread cancels it and stays set. */
    Reply run(LanguageModel model, Ask ask) {
        Asked asked = model.ask(ask, new Ear());
        boolean done = false;
        try (Cancellation.Registration ignored = options.cancellation().onCancel(asked::cancel)) {
            Reply reply = follow();
            done = reply.finishReason() != FinishReason.CANCELLED;
            return reply;
        } finally {
            if (!done) {
                asked.cancel();
            }
        }
    }

    private Reply follow() {
        while (true) {
            Event event = next();
            if (event == null || options.cancellation().isCancelled()) {
                return cancelled();
            }
            switch (event) {
                case Event.Progress(int known) -> options.progress().at(known, promptTokens);
                case Event.Piece(Chunk chunk, int tokens) -> give(chunk, tokens);
                case Event.Ended(Outcome outcome, List<ToolCall> calls) -> {
                    if (outcome.reason() == FinishReason.CANCELLED) {
                        throw new IllegalStateException("the model is closed");
                    }
                    return reply(outcome.reason(), outcome.message(), calls, outcome.tokens(), outcome.timings());
                }
                case Event.Failed(RuntimeException cause) -> throw cause;
            }
        }
    }

    /** The next event; null where the thread was interrupted, whose flag stays set. */
    private @Nullable Event next() {
        try {
            return events.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private void give(Chunk chunk, int tokens) {
        givenTokens = tokens;
        given.append(chunk.text());
        givenReasoning.append(chunk.reasoning());
        listener.accept(chunk);
    }

    /** What the listener was given until now; the request ends within a step, and nobody hears of it. */
    private Reply cancelled() {
        return reply(
                FinishReason.CANCELLED,
                givenTokens == 0 ? "cancelled before the first token" : "cancelled after " + givenTokens + " tokens",
                List.of(),
                new TokenCounts(promptTokens, 0, givenTokens),
                new Timings(System.nanoTime() - start, 0, 0, 0));
    }

    private Reply reply(
            FinishReason reason, String message, List<ToolCall> calls, TokenCounts tokens, Timings timings) {
        return new Reply(given.toString(), givenReasoning.toString(), calls, reason, message, tokens, timings);
    }
}
