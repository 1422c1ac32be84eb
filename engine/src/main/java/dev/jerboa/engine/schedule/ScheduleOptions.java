package dev.jerboa.engine.schedule;

import dev.jerboa.kernel.ops.CacheType;
import java.util.function.Consumer;

/**
 * The bounds of a scheduler. Immutable; made from {@link #of} by the {@code with} methods.
 *
 * @param cacheTokens positions in the cache, rounded up to whole pages: the hard bound of its memory
 * @param cacheType how its elements are written; {@link dev.jerboa.kernel.ops.Ops#cacheType} says what suits a precision
 * @param maxSequences the most sequences that run at a time; no more than a step of the decoder has tokens
 * @param promptTokens the most prompt tokens of a step in which other sequences write: what bounds the wait between two of their
 *     tokens; {@link #PACED} for what about doubles the time of such a step, as measured. Where none writes, prompts fill the step
 * @param maxWaiting the most requests that wait; further ones are refused
 * @param speculation whether tokens are guessed ahead, and by what; {@link Speculation#MULTI_TOKEN_PREDICTION} takes memory for a further
 *     layer of the cache
 * @param guesses the most tokens that are guessed ahead for a sequence
 * @param guessingSequences the most sequences that write in a step with guesses: with more of them, a step computes enough as it is
 */
public record ScheduleOptions(
        int cacheTokens,
        CacheType cacheType,
        int maxSequences,
        int promptTokens,
        int maxWaiting,
        Speculation speculation,
        int guesses,
        int guessingSequences) {
    /** {@link #promptTokens} by measurement. */
    public static final int PACED = 0;

    public ScheduleOptions {
        require(cacheTokens, 1, "cache tokens");
        require(maxSequences, 1, "max sequences");
        require(promptTokens, PACED, "prompt tokens");
        require(maxWaiting, 1, "max waiting");
        require(guesses, 1, "guesses");
        require(guessingSequences, 1, "guessing sequences");
    }

    private static void require(int value, int least, String name) {
        if (value < least) {
            throw new IllegalArgumentException(name + " is " + value + ", expected a whole number from " + least);
        }
    }

    /** A cache of float32, as many sequences as a step takes, prompts at a measured pace, no guesses. */
    public static ScheduleOptions of(int cacheTokens) {
        return new ScheduleOptions(
                cacheTokens, CacheType.F32, Integer.MAX_VALUE, PACED, Integer.MAX_VALUE, Speculation.OFF, 8, 2);
    }

    public ScheduleOptions withCacheType(CacheType cacheType) {
        return with(draft -> draft.cacheType = cacheType);
    }

    public ScheduleOptions withMaxSequences(int maxSequences) {
        return with(draft -> draft.maxSequences = maxSequences);
    }

    public ScheduleOptions withPromptTokens(int promptTokens) {
        return with(draft -> draft.promptTokens = promptTokens);
    }

    public ScheduleOptions withMaxWaiting(int maxWaiting) {
        return with(draft -> draft.maxWaiting = maxWaiting);
    }

    /** With at most {@code guesses} tokens guessed ahead of each of at most {@code sequences} that write. */
    public ScheduleOptions withSpeculation(Speculation speculation, int guesses, int sequences) {
        return with(draft -> {
            draft.speculation = speculation;
            draft.guesses = guesses;
            draft.guessingSequences = sequences;
        });
    }

    private ScheduleOptions with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.options();
    }

    /** Options of which some are being changed. */
    private static final class Draft {
        int cacheTokens;
        CacheType cacheType;
        int maxSequences;
        int promptTokens;
        int maxWaiting;
        Speculation speculation;
        int guesses;
        int guessingSequences;

        Draft(ScheduleOptions from) {
            cacheTokens = from.cacheTokens;
            cacheType = from.cacheType;
            maxSequences = from.maxSequences;
            promptTokens = from.promptTokens;
            maxWaiting = from.maxWaiting;
            speculation = from.speculation;
            guesses = from.guesses;
            guessingSequences = from.guessingSequences;
        }

        ScheduleOptions options() {
            return new ScheduleOptions(
                    cacheTokens,
                    cacheType,
                    maxSequences,
                    promptTokens,
                    maxWaiting,
                    speculation,
                    guesses,
                    guessingSequences);
        }
    }
}
