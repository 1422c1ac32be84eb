package dev.jerboa.engine.chat.tool;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A model's request to run a tool.
 *
 * @param id names the call, so that its result can be matched to it
 * @param name the tool
 * @param arguments JSON text, an object; of a reply that was cut inside the call, the beginning of one
 */
public record ToolCall(String id, String name, String arguments) {
    private static final String ID_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    /** A random id: nine letters and digits, the only form that every template takes (Mistral's refuse others). */
    public static String newId() {
        StringBuilder id = new StringBuilder(9);
        for (int i = 0; i < 9; i++) {
            id.append(ID_CHARACTERS.charAt(ThreadLocalRandom.current().nextInt(ID_CHARACTERS.length())));
        }
        return id.toString();
    }

    /** The call as a plain JSON value in OpenAI's shape. */
    public Map<String, @Nullable Object> variables() {
        Map<String, @Nullable Object> function = new LinkedHashMap<>();
        function.put("name", name);
        function.put("arguments", arguments);
        Map<String, @Nullable Object> call = new LinkedHashMap<>();
        call.put("id", id);
        call.put("type", "function");
        call.put("function", function);
        return call;
    }
}
