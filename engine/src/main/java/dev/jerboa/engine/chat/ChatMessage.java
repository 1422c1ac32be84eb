package dev.jerboa.engine.chat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One turn of a conversation.
 *
 * @param role {@code system}, {@code user}, {@code assistant}, {@code tool}, or what else the model's template knows
 * @param content the text; of an assistant, the answer without the thinking
 * @param reasoning the assistant's thinking, or null
 * @param toolCalls the assistant's calls as plain JSON values in OpenAI's shape ({@code {"type": "function", "function":
 *     {"name": …, "arguments": {…}}}}), handed to the template as they are
 * @param toolCallId the call that a {@code tool} message answers, or null
 * @param name the tool's or speaker's name, or null
 */
public record ChatMessage(
        String role,
        String content,
        @Nullable String reasoning,
        List<Map<String, @Nullable Object>> toolCalls,
        @Nullable String toolCallId,
        @Nullable String name) {

    public ChatMessage {
        if (role.isBlank()) {
            throw new IllegalArgumentException("a chat message has a role, such as user or assistant");
        }
        toolCalls = List.copyOf(toolCalls);
    }

    public static ChatMessage system(String content) {
        return new ChatMessage("system", content, null, List.of(), null, null);
    }

    public static ChatMessage user(String content) {
        return new ChatMessage("user", content, null, List.of(), null, null);
    }

    public static ChatMessage assistant(String content) {
        return new ChatMessage("assistant", content, null, List.of(), null, null);
    }

    public static ChatMessage assistant(String content, @Nullable String reasoning) {
        return new ChatMessage("assistant", content, reasoning, List.of(), null, null);
    }

    /** The message as a template reads it; {@code reasoningKey} is the template's name for the thinking. */
    Map<String, @Nullable Object> variables(String reasoningKey) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("role", role);
        map.put("content", content);
        if (reasoning != null) {
            map.put(reasoningKey, reasoning);
        }
        if (!toolCalls.isEmpty()) {
            map.put("tool_calls", toolCalls);
        }
        if (toolCallId != null) {
            map.put("tool_call_id", toolCallId);
        }
        if (name != null) {
            map.put("name", name);
        }
        return map;
    }
}
