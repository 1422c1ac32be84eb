package dev.jerboa.gateway.dialect.conversation;

import dev.jerboa.gateway.dialect.UntranslatableException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks for.
 *
 * @param messages in order, instructions among them
 * @param tools that may be called
 * @param form how the answer must look
 * @param settings those that were set; numbers, texts and truth values, and lists of texts for {@link Setting#STOP}
 * @param names how the client calls things, for messages: by {@link Setting}, and {@code n}, {@code logprobs}, …
 * @param stream whether the reply is taken piece by piece
 * @param warnings what was lost when it was read
 */
public record Conversation(
        List<Message> messages,
        List<Tool> tools,
        ToolChoice choice,
        AnswerForm form,
        Thinking thinking,
        Map<Setting, Object> settings,
        Map<Setting, String> names,
        boolean stream,
        List<String> warnings) {
    public Conversation {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
        settings = Collections.unmodifiableMap(copy(settings));
        names = Collections.unmodifiableMap(copy(names));
        warnings = List.copyOf(warnings);
    }

    private static <T> Map<Setting, T> copy(Map<Setting, T> map) {
        Map<Setting, T> copy = new EnumMap<>(Setting.class);
        copy.putAll(map);
        return copy;
    }

    /** Whether any message calls a tool. */
    public boolean hasCalls() {
        return messages.stream().anyMatch(Message::hasCalls);
    }

    /** A setting's whole number; null where it was not set. */
    public @Nullable Long whole(Setting setting) {
        return settings.get(setting) instanceof Number number ? (Long) number.longValue() : null;
    }

    /** How the client calls a setting. */
    public String name(Setting setting) {
        return names.getOrDefault(setting, setting.text());
    }

    /** Refuses a setting that an endpoint cannot honour without a change of meaning. */
    public void refuse(Setting setting, String reason) {
        if (settings.containsKey(setting)) {
            throw new UntranslatableException(name(setting), reason);
        }
    }

    /** The warnings so far, to be added to. */
    public List<String> moreWarnings() {
        return new ArrayList<>(warnings);
    }
}
