package dev.jerboa.engine.generate;

import org.jspecify.annotations.Nullable;

/**
 * How a reply ended.
 *
 * @param reason why it ended
 * @param message what that means here, in a sentence; empty where the model simply ended
 * @param stop the stop string that ended it, or null
 * @param tokens token counts
 * @param reasoningTokens how many of the generated tokens belong to the thinking
 * @param timings where the time went
 */
public record Outcome(
        FinishReason reason,
        String message,
        @Nullable String stop,
        TokenCounts tokens,
        int reasoningTokens,
        Timings timings) {}
