package dev.jerboa.engine.generate;

import dev.jerboa.engine.schedule.Completion;
import dev.jerboa.engine.schedule.Ending;
import dev.jerboa.engine.schedule.Listener;
import dev.jerboa.engine.schedule.Pick;
import dev.jerboa.engine.schedule.Request;

/**
 * A reply being written, on the scheduler's thread: makes text of tokens, sees stop strings, so that not a token too many is computed,
 * and tells an {@link AskListener}.
 */
final class Writing implements Listener {
    private final Request request;
    private final int contextLength;
    private final boolean limited;
    private final TokenText text;
    private final AskListener out;
    private final long start = System.nanoTime();
    private int takenOver = -1;
    private int generated;
    private int reasoningTokens;
    private long firstNanos;

    /** @param limited whether the request has the number of tokens that the caller asked for, not what the context has room for */
    Writing(Request request, int contextLength, boolean limited, TokenText text, AskListener out) {
        this.request = request;
        this.contextLength = contextLength;
        this.limited = limited;
        this.text = text;
        this.out = out;
    }

    @Override
    public void prompt(int known, int begun) {
        if (takenOver < 0) {
            takenOver = begun;
        }
        out.prompt(known, begun);
    }

    @Override
    public boolean token(Pick pick) {
        if (generated++ == 0) {
            firstNanos = System.nanoTime();
        }
        boolean thinking = text.isThinking();
        reasoningTokens += thinking ? 1 : 0;
        if (request.stopTokens().contains(pick.id())) {
            out.token(pick, thinking, "");
            out.told();
            return true;
        }
        String piece = text.piece(pick.id());
        out.token(pick, thinking, piece);
        boolean stopped = text.accept(piece);
        out.told();
        return !stopped;
    }

    @Override
    public void ended(Completion completion) {
        long end = System.nanoTime();
        text.finish();
        out.told();
        FinishReason reason = reason(completion.ending());
        int prompt = request.prompt().length;
        int cached = Math.max(0, takenOver);
        long first = firstNanos == 0 ? end : firstNanos;
        out.ended(new Outcome(
                reason,
                message(reason),
                text.stop(),
                new TokenCounts(prompt, cached, generated),
                reasoningTokens,
                new Timings(
                        first - start, end - first, generated == 0 ? 0 : prompt - cached, Math.max(0, generated - 1))));
    }

    @Override
    public void failed(RuntimeException cause) {
        out.failed(cause);
    }

    private FinishReason reason(Ending ending) {
        return switch (ending) {
            case ENOUGH -> FinishReason.STOP_STRING;
            case STOP, COMPLETE -> FinishReason.STOP;
            case LENGTH -> limited ? FinishReason.LENGTH : FinishReason.CONTEXT_FULL;
            case DEADLINE -> FinishReason.DEADLINE;
            case CANCELLED -> FinishReason.CANCELLED;
        };
    }

    private String message(FinishReason reason) {
        int prompt = request.prompt().length;
        return switch (reason) {
            case STOP -> "";
            case STOP_STRING -> "the stop string '" + text.stop() + "' came up";
            case LENGTH -> "the reply has the " + generated + " tokens that were asked for";
            case CONTEXT_FULL ->
                "the context of " + contextLength + " tokens is full: " + prompt + " of the prompt and "
                        + (contextLength - prompt) + " of the reply";
            case DEADLINE -> "the time was up after " + generated + " tokens";
            case CANCELLED ->
                generated == 0 ? "cancelled before the first token" : "cancelled after " + generated + " tokens";
        };
    }
}
