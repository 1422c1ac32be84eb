package dev.jerboa.engine.schedule;

import dev.jerboa.kernel.ops.CacheType;

/**
 * The bounds of a scheduler. Immutable; made from {@link #of} by the {@code with} methods.
 *
 * @param cacheTokens positions in the cache, rounded up to whole pages: the hard bound of its memory
 * @param cacheType how its elements are written; {@link dev.jerboa.kernel.ops.Ops#cacheType} says what suits a precision
 * @param maxSequences the most sequences that run at a time; no more than a step of the decoder has tokens
 * @param promptTokens the most prompt tokens of a step in which other sequences write, from 1: what bounds the wait between two
 *     of their tokens. Where none writes, prompts fill the step
 */
public record ScheduleOptions(int cacheTokens, CacheType cacheType, int maxSequences, int promptTokens) {
    public ScheduleOptions {
        require(cacheTokens, "cache tokens");
        require(maxSequences, "max sequences");
        require(promptTokens, "prompt tokens");
    }

    private static void require(int value, String name) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + ", expected a whole number from 1");
        }
    }

    /** A cache of float32, as many sequences and prompt tokens as a step takes. */
    public static ScheduleOptions of(int cacheTokens) {
        return new ScheduleOptions(cacheTokens, CacheType.F32, Integer.MAX_VALUE, Integer.MAX_VALUE);
    }

    public ScheduleOptions withCacheType(CacheType cacheType) {
        return new ScheduleOptions(cacheTokens, cacheType, maxSequences, promptTokens);
    }

    public ScheduleOptions withMaxSequences(int maxSequences) {
        return new ScheduleOptions(cacheTokens, cacheType, maxSequences, promptTokens);
    }

    public ScheduleOptions withPromptTokens(int promptTokens) {
        return new ScheduleOptions(cacheTokens, cacheType, maxSequences, promptTokens);
    }
}
