package dev.jerboa.engine.generate;

import dev.jerboa.engine.chat.ChatMessage;
import dev.jerboa.engine.chat.ReasoningRequest;
import dev.jerboa.engine.chat.tool.ToolChoice;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A conversation whose next message is asked for.
 *
 * @param messages the conversation
 * @param tools tool definitions as plain JSON values in OpenAI's shape
 * @param choice whether tools are to be called; with {@link ToolChoice.None} they are not shown to the model
 * @param parallelCalls whether there may be several calls in a reply
 * @param reasoning what is wished of the thinking
 * @param variables further variables of the template
 * @param continued whether the last message, the assistant's, is to be gone on with, not followed by another
 */
public record ChatTurn(
        List<ChatMessage> messages,
        List<Map<String, @Nullable Object>> tools,
        ToolChoice choice,
        boolean parallelCalls,
        ReasoningRequest reasoning,
        Map<String, @Nullable Object> variables,
        boolean continued) {
    public ChatTurn {
        messages = List.copyOf(messages);
        tools = choice instanceof ToolChoice.None ? List.of() : List.copyOf(tools);
        if (continued && (messages.isEmpty() || !messages.getLast().role().equals("assistant"))) {
            throw new IllegalArgumentException("only an assistant's message can be gone on with, as the last one");
        }
        variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
    }

    /** The same as the constructor, whose nullness of values tools do not see from other modules. */
    public static ChatTurn of(
            List<ChatMessage> messages,
            List<Map<String, @Nullable Object>> tools,
            ToolChoice choice,
            boolean parallelCalls,
            ReasoningRequest reasoning,
            Map<String, @Nullable Object> variables,
            boolean continued) {
        return new ChatTurn(messages, tools, choice, parallelCalls, reasoning, variables, continued);
    }

    /** A conversation without tools. */
    public static ChatTurn of(List<ChatMessage> messages) {
        return new ChatTurn(
                messages, List.of(), new ToolChoice.Auto(), true, ReasoningRequest.unspecified(), Map.of(), false);
    }
}
