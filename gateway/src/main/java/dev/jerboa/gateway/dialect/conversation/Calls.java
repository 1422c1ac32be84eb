package dev.jerboa.gateway.dialect.conversation;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.json.JsonOut;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Ids and arguments of calls, between dialects that write them differently. One thread. */
public final class Calls {
    private final Map<String, String> given = new HashMap<>();
    private final Set<String> taken = new HashSet<>();

    /**
     * An id in the letters that Anthropic allows, the same for the same, and different for different ones: some models call
     * {@code functions.look:0}.
     */
    public String plain(String id) {
        return given.computeIfAbsent(id, any -> {
            String plain = any.replaceAll("[^a-zA-Z0-9_-]", "_");
            plain = plain.isEmpty() ? "call" : plain;
            String free = plain;
            for (int i = 2; !taken.add(free); i++) {
                free = plain + "_" + i;
            }
            return free;
        });
    }

    /** Arguments as an object; {@code {}} for what is none, such as those of a call that was cut. */
    public static Map<String, ? extends @Nullable Object> object(String arguments) {
        try {
            return Json.parse(arguments, "arguments") instanceof Map<?, ?> map
                    ? Json.asObject(map, "arguments")
                    : Map.of();
        } catch (ModelException e) {
            return Map.of();
        }
    }

    /** Arguments as JSON text, however they came. */
    public static String text(@Nullable Object arguments) {
        return switch (arguments) {
            case null -> "{}";
            case String text -> text.isBlank() ? "{}" : text;
            case Object value -> JsonOut.line(value);
        };
    }
}
