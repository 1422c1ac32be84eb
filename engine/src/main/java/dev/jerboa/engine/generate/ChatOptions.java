package dev.jerboa.engine.generate;

import dev.jerboa.engine.chat.ChatMessage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a chat begins and replies. Immutable; made from {@link #defaults} by the {@code with} methods.
 *
 * @param messages what the conversation begins with, such as a system message or earlier turns
 * @param generation how replies are generated where {@code send} is not told otherwise
 * @param tools tool definitions as plain JSON values in OpenAI's shape, for templates that know tools
 * @param variables further variables of the chat template
 */
public record ChatOptions(
        List<ChatMessage> messages,
        GenerateOptions generation,
        List<Map<String, @Nullable Object>> tools,
        Map<String, @Nullable Object> variables) {

    public ChatOptions {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
        variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
    }

    /** An empty conversation. */
    public static ChatOptions defaults() {
        return new ChatOptions(List.of(), GenerateOptions.defaults(), List.of(), Map.of());
    }

    /** With a system message before everything else, in place of an earlier one. */
    public ChatOptions withSystem(String content) {
        List<ChatMessage> all = new ArrayList<>(messages);
        all.removeIf(message -> message.role().equals("system"));
        all.addFirst(ChatMessage.system(content));
        return withMessages(all);
    }

    public ChatOptions withMessages(List<ChatMessage> messages) {
        return new ChatOptions(messages, generation, tools, variables);
    }

    public ChatOptions withGeneration(GenerateOptions generation) {
        return new ChatOptions(messages, generation, tools, variables);
    }

    public ChatOptions withTools(List<Map<String, @Nullable Object>> tools) {
        return new ChatOptions(messages, generation, tools, variables);
    }

    /** With a variable of the chat template. */
    public ChatOptions withVariable(String name, @Nullable Object value) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>(variables);
        all.put(name, value);
        return new ChatOptions(messages, generation, tools, all);
    }

    /** Switches thinking on or off in the templates that let one choose (the variable {@code enable_thinking}). */
    public ChatOptions withThinking(boolean on) {
        return withVariable("enable_thinking", on);
    }
}
