package dev.jerboa.engine.generate;

import dev.jerboa.engine.sample.Sampler;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One reply being generated: prompt in chunks, then token by token until there is a reason to finish. One thread; the lock
 * of {@link Steps} is held during steps and the choice of a token only, never while the caller's listener runs.
 */
final class Generation {
    private final Steps steps;
    private final Context context;
    private final int[] endTokens;
    private final GenerateOptions options;
    private final Sampler sampler;
    private final TokenText text;
    private final Consumer<? super Chunk> listener;
    private final BooleanSupplier cancelled;
    private final int[] next = new int[1];
    private final Steps.Reader pick;

    private int[] prompt = {};
    private int cached;
    private int generated;
    private long promptNanos;

    /**
     * @param cancelled asked before every step
     * @param endTokens tokens that end the reply
     */
    Generation(
            Steps steps,
            Context context,
            int[] endTokens,
            GenerateOptions options,
            Sampler sampler,
            TokenText text,
            Consumer<? super Chunk> listener,
            BooleanSupplier cancelled) {
        this.steps = steps;
        this.context = context;
        this.endTokens = endTokens;
        this.options = options;
        this.sampler = sampler;
        this.text = text;
        this.listener = listener;
        this.cancelled = cancelled;
        this.pick = sampler::pick;
    }

    /** A reason to finish, with its explanation. */
    private record End(FinishReason reason, String message) {}

    /** Generates the reply to {@code prompt}, which has at least one token. */
    Reply run(int[] prompt) {
        this.prompt = prompt;
        steps.requireOpen();
        long start = System.nanoTime();
        End end = prompt.length > context.capacity() ? promptTooLong() : readPrompt();
        long first = System.nanoTime();
        promptNanos = first - start;
        if (end == null) {
            end = write();
        }
        text.finish();
        send();
        return reply(end, System.nanoTime() - first);
    }

    private End promptTooLong() {
        return new End(
                FinishReason.CONTEXT_FULL,
                "the prompt has " + prompt.length + " tokens and the context holds " + context.capacity()
                        + ": open the model with a longer context, or shorten the prompt");
    }

    /** Computes the prompt and picks the first token into {@link #next}; not null where that could not be done. */
    private @Nullable End readPrompt() {
        cached = context.keepPrefixOf(prompt);
        if (!context.reserve(prompt.length - cached)) {
            return cacheFull();
        }
        for (int token : prompt) {
            sampler.acceptPrompt(token);
        }
        int chunk = steps.maxStepTokens();
        int at = cached;
        while (prompt.length - at > chunk) {
            if (isCancelled()) {
                return new End(FinishReason.CANCELLED, "cancelled while the prompt was read");
            }
            options.progress().at(at, prompt.length);
            context.run(prompt, at, chunk);
            at += chunk;
        }
        if (isCancelled()) {
            return new End(FinishReason.CANCELLED, "cancelled while the prompt was read");
        }
        options.progress().at(at, prompt.length);
        next[0] = context.runAndRead(prompt, at, prompt.length - at, pick);
        options.progress().at(prompt.length, prompt.length);
        return null;
    }

    /** Takes the picked token, and computes and picks more, until there is a reason to finish. */
    private End write() {
        while (true) {
            generated++;
            int token = next[0];
            if (isEnd(token)) {
                return new End(FinishReason.STOP, "");
            }
            sampler.accept(token);
            if (text.accept(token)) {
                return new End(FinishReason.STOP_STRING, "the stop string '" + text.stop() + "' came up");
            }
            send();
            End end = noMore();
            if (end != null) {
                return end;
            }
            next[0] = context.runAndRead(next, 0, 1, pick);
        }
    }

    /** Why no further token can or should be generated, or null; reserves room for one otherwise. */
    private @Nullable End noMore() {
        if (generated == options.maxTokens()) {
            return new End(FinishReason.LENGTH, "the reply has the " + generated + " tokens that were asked for");
        }
        if (isCancelled()) {
            return new End(FinishReason.CANCELLED, "cancelled after " + generated + " tokens");
        }
        if (context.length() == context.capacity()) {
            return new End(
                    FinishReason.CONTEXT_FULL,
                    "the context of " + context.capacity() + " tokens is full: " + prompt.length + " of the prompt and "
                            + (context.capacity() - prompt.length) + " of the reply");
        }
        return context.reserve(1) ? null : cacheFull();
    }

    private End cacheFull() {
        return new End(
                FinishReason.CONTEXT_FULL,
                "the model's sessions together fill its cache of "
                        + steps.cache().capacity()
                        + " tokens: close one, or open the model with more cache tokens");
    }

    private boolean isCancelled() {
        return options.cancellation().isCancelled()
                || cancelled.getAsBoolean()
                || Thread.currentThread().isInterrupted();
    }

    private boolean isEnd(int token) {
        if (options.ignoreEnd()) {
            return false;
        }
        for (int end : endTokens) {
            if (token == end) {
                return true;
            }
        }
        return false;
    }

    private void send() {
        Chunk chunk = text.next();
        if (chunk != null) {
            listener.accept(chunk);
        }
    }

    private Reply reply(End end, long generationNanos) {
        int computed = generated == 0 ? 0 : prompt.length - cached;
        return new Reply(
                text.text(),
                text.reasoning(),
                text.calls(),
                end.reason,
                end.message,
                new TokenCounts(prompt.length, cached, generated),
                new Timings(promptNanos, generationNanos, computed, Math.max(0, generated - 1)));
    }
}
