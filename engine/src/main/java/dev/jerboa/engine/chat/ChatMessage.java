package dev.jerboa.engine.chat;

import dev.jerboa.engine.chat.tool.ToolCall;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * One turn of a conversation.
 *
 * @param role {@code system}, {@code user}, {@code assistant}, {@code tool}, or what else the model's template knows
 * @param content the text; of an assistant, the answer without the thinking
 * @param reasoning the assistant's thinking, or null
 * @param toolCalls the assistant's calls as plain JSON values in OpenAI's shape ({@code {"type": "function", "function":
 *     {"name": …, "arguments": {…}}}}); the arguments may be an object or JSON text, {@link ChatPrompt} makes of them what
 *     the template takes
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

    /** An assistant's message with calls as plain JSON values in OpenAI's shape. */
    public static ChatMessage calling(
            String content, @Nullable String reasoning, List<Map<String, @Nullable Object>> calls) {
        return new ChatMessage("assistant", content, reasoning, calls, null, null);
    }

    /** An assistant's turn that calls tools. */
    public static ChatMessage assistant(String content, @Nullable String reasoning, List<ToolCall> calls) {
        return new ChatMessage(
                "assistant",
                content,
                reasoning,
                calls.stream().map(ToolCall::variables).toList(),
                null,
                null);
    }

    /** What a tool answered to a call. */
    public static ChatMessage tool(String callId, @Nullable String name, String content) {
        return new ChatMessage("tool", content, null, List.of(), callId, name);
    }

    /**
     * The text of a message's content as wire formats have it: nothing, a text, or a list of parts, of which the texts are
     * joined by line breaks.
     *
     * @throws IllegalArgumentException for a part that is no text, such as an image; the message names its type
     */
    public static String text(@Nullable Object content) {
        return switch (content) {
            case null -> "";
            case String text -> text;
            case List<?> parts -> {
                StringJoiner texts = new StringJoiner("\n");
                parts.forEach(part -> texts.add(partText(part)));
                yield texts.toString();
            }
            default -> throw new IllegalArgumentException("the content of a message is text or a list of parts");
        };
    }

    private static String partText(@Nullable Object part) {
        if (part instanceof String text) {
            return text;
        }
        if (part instanceof Map<?, ?> map) {
            if (map.get("text") instanceof String text) {
                return text;
            }
            throw new IllegalArgumentException("a content part of the type '" + map.get("type")
                    + "' is not supported: this model reads text only, in parts of the type 'text'");
        }
        throw new IllegalArgumentException("a content part is an object with a type");
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
