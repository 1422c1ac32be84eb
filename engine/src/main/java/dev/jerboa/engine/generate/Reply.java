package dev.jerboa.engine.generate;

/**
 * What the model generated.
 *
 * @param text the answer
 * @param reasoning the thinking before it, perhaps empty
 * @param finishReason why it ended
 * @param message what {@code finishReason} means here, in a sentence; empty where the model simply ended
 * @param tokens token counts
 * @param timings where the time went
 */
public record Reply(
        String text,
        String reasoning,
        FinishReason finishReason,
        String message,
        TokenCounts tokens,
        Timings timings) {}
