package dev.jerboa.engine.generate;

import dev.jerboa.engine.chat.tool.ToolCall;
import dev.jerboa.engine.schedule.Completion;
import dev.jerboa.engine.schedule.Ending;
import dev.jerboa.engine.schedule.Listener;
import dev.jerboa.engine.schedule.Pick;
import dev.jerboa.engine.schedule.Request;
import dev.jerboa.engine.schedule.Scheduler;
import dev.jerboa.engine.schedule.Ticket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One reply being generated. The scheduler's thread makes text of tokens and sees stop strings, so that not a token too many is
 * computed; the calling thread hands the text to the listener, which may take its time. What the listener was given is the reply.
 */
final class Generation {
    /** What the scheduler's thread tells the calling one. */
    private sealed interface Event {
        record Progress(int known) implements Event {}

        /** Text, when {@code tokens} were generated. */
        record Piece(Chunk chunk, int tokens) implements Event {}

        record Ended(Completion completion) implements Event {}

        record Failed(RuntimeException cause) implements Event {}
    }

    private final Request request;
    private final GenerateOptions options;
    private final TokenText text;
    private final Consumer<? super Chunk> listener;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final StringBuilder given = new StringBuilder();
    private final StringBuilder givenReasoning = new StringBuilder();
    private int givenTokens;
    private long start;

    /** Written by the scheduler's thread before the event that makes the calling one read them. */
    private int takenOver = -1;

    private long firstNanos;
    private long endNanos;

    Generation(Request request, GenerateOptions options, TokenText text, Consumer<? super Chunk> listener) {
        this.request = request;
        this.options = options;
        this.text = text;
        this.listener = listener;
    }

    /** Of the scheduler's thread. */
    private final class Ear implements Listener {
        private int generated;

        @Override
        public void prompt(int known, int begun) {
            if (takenOver < 0) {
                takenOver = begun;
            }
            if (options.progress() != PromptProgress.NONE) {
                events.add(new Event.Progress(known));
            }
        }

        @Override
        public boolean token(Pick pick) {
            if (generated++ == 0) {
                firstNanos = System.nanoTime();
            }
            if (request.stopTokens().contains(pick.id())) {
                return true;
            }
            boolean stopped = text.accept(pick.id());
            send();
            return !stopped;
        }

        @Override
        public void ended(Completion completion) {
            endNanos = System.nanoTime();
            text.finish();
            send();
            events.add(new Event.Ended(completion));
        }

        @Override
        public void failed(RuntimeException cause) {
            events.add(new Event.Failed(cause));
        }

        private void send() {
            Chunk chunk = text.next();
            if (chunk != null) {
                events.add(new Event.Piece(chunk, generated));
            }
        }
    }

    /** Generates the reply; an interrupt of the calling thread cancels it and stays set. */
    Reply run(Scheduler scheduler, int contextLength) {
        start = System.nanoTime();
        Ticket ticket = scheduler.submit(request, new Ear());
        boolean done = false;
        try (Cancellation.Registration ignored = options.cancellation().onCancel(ticket::cancel)) {
            Reply reply = follow(contextLength);
            done = true;
            return reply;
        } finally {
            if (!done) {
                ticket.cancel();
            }
        }
    }

    private Reply follow(int contextLength) {
        while (true) {
            Event event = next();
            if (event == null || options.cancellation().isCancelled()) {
                return cancelled();
            }
            switch (event) {
                case Event.Progress(int known) -> options.progress().at(known, request.prompt().length);
                case Event.Piece(Chunk chunk, int tokens) -> give(chunk, tokens);
                case Event.Ended(Completion completion) -> {
                    return ended(completion, contextLength);
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
        int prompt = request.prompt().length;
        return reply(
                List.of(),
                FinishReason.CANCELLED,
                givenTokens == 0 ? "cancelled before the first token" : "cancelled after " + givenTokens + " tokens",
                new TokenCounts(prompt, Math.max(0, takenOver), givenTokens),
                System.nanoTime());
    }

    private Reply ended(Completion completion, int contextLength) {
        int generated = completion.ids().length;
        String stop = text.stop();
        FinishReason reason;
        String message = "";
        if (stop != null) {
            reason = FinishReason.STOP_STRING;
            message = "the stop string '" + stop + "' came up";
        } else if (completion.ending() == Ending.STOP) {
            reason = FinishReason.STOP;
        } else if (completion.ending() == Ending.CANCELLED) {
            throw new IllegalStateException("the model is closed");
        } else if (generated == options.maxTokens()) {
            reason = FinishReason.LENGTH;
            message = "the reply has the " + generated + " tokens that were asked for";
        } else {
            int prompt = request.prompt().length;
            reason = FinishReason.CONTEXT_FULL;
            message = "the context of " + contextLength + " tokens is full: " + prompt + " of the prompt and "
                    + (contextLength - prompt) + " of the reply";
        }
        return reply(
                text.calls(),
                reason,
                message,
                new TokenCounts(request.prompt().length, Math.max(0, takenOver), generated),
                endNanos);
    }

    private Reply reply(
            List<ToolCall> calls, FinishReason reason, String message, TokenCounts tokens, long end) {
        long first = firstNanos == 0 ? end : firstNanos;
        int computed = firstNanos == 0 ? 0 : tokens.prompt() - tokens.cached();
        return new Reply(
                given.toString(),
                givenReasoning.toString(),
                calls,
                reason,
                message,
                tokens,
                new Timings(first - start, Math.max(0, end - first), computed, Math.max(0, tokens.generated() - 1)));
    }
}
