package dev.jerboa.engine.generate;

import dev.jerboa.engine.chat.tool.ToolCall;
import java.util.List;

/**
 * What the model generated.
 *
 * @param text the answer
 * @param reasoning the thinking before it, perhaps empty
 * @param toolCalls the calls of tools that the caller should run, perhaps none
 * @param finishReason why it ended
 * @param message what {@code finishReason} means here, in a sentence; empty where the model simply ended
 * @param tokens token counts
 * @param timings where the time went
 */
public record Reply(
        String text,
        String reasoning,
        List<ToolCall> toolCalls,
        FinishReason finishReason,
        String message,
        TokenCounts tokens,
        Timings timings) {}
