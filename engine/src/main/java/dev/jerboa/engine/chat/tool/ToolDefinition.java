package dev.jerboa.engine.chat.tool;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A tool that a model may call.
 *
 * @param name what the model calls it
 * @param description what it is for, perhaps empty
 * @param parameters JSON schema of the arguments, an object, as plain JSON values; empty where the tool takes none
 */
public record ToolDefinition(String name, String description, Map<String, @Nullable Object> parameters) {
    public ToolDefinition {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a tool has a name");
        }
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    }

    /**
     * A definition in OpenAI's shape, {@code {"type": "function", "function": {"name": …, "parameters": …}}}; the inner
     * object alone will do.
     *
     * @throws IllegalArgumentException where there is no name, or the parameters are no object
     */
    public static ToolDefinition of(Map<String, ? extends @Nullable Object> value) {
        Map<?, ?> function = value.get("function") instanceof Map<?, ?> inner ? inner : value;
        if (!(function.get("name") instanceof String name)) {
            throw new IllegalArgumentException("a tool definition without a name: expected {\"type\": \"function\","
                    + " \"function\": {\"name\": …}}, found the keys " + value.keySet());
        }
        Object parameters = function.get("parameters");
        if (parameters != null && !(parameters instanceof Map<?, ?>)) {
            throw new IllegalArgumentException("the parameters of the tool " + name + " are no JSON schema object");
        }
        String description = function.get("description") instanceof String text ? text : "";
        return new ToolDefinition(name, description, parameters instanceof Map<?, ?> map ? plain(map) : Map.of());
    }

    /** The definition as a plain JSON value in OpenAI's shape, as chat templates expect it. */
    public Map<String, @Nullable Object> variables() {
        Map<String, @Nullable Object> function = new LinkedHashMap<>();
        function.put("name", name);
        function.put("description", description);
        function.put("parameters", parameters.isEmpty() ? emptyObject() : parameters);
        Map<String, @Nullable Object> tool = new LinkedHashMap<>();
        tool.put("type", "function");
        tool.put("function", function);
        return tool;
    }

    private static Map<String, @Nullable Object> emptyObject() {
        Map<String, @Nullable Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("properties", Map.of());
        return schema;
    }

    private static Map<String, @Nullable Object> plain(Map<?, ?> map) {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        map.forEach((key, value) -> out.put(String.valueOf(key), value));
        return out;
    }
}
