package dev.jerboa.engine.chat;

import dev.jerboa.engine.chat.tool.ToolFormat;
import dev.jerboa.engine.chat.tool.ToolPrompt;
import dev.jerboa.engine.chat.tool.ToolText;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.model.template.ChatTemplate;
import dev.jerboa.model.template.TemplateException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a template takes earlier tool calls, found by rendering small conversations: whether it shows them at all, whether it
 * wants arguments as an object or as JSON text, and whether the content beside them has to be null. Immutable.
 *
 * @param rendered whether calls appear in the prompt
 * @param takesObject whether arguments may be an object
 * @param takesText whether arguments may be JSON text
 * @param nullContent whether an empty content has to be null
 * @param systemRole whether the template knows system messages
 */
record ToolTurns(boolean rendered, boolean takesObject, boolean takesText, boolean nullContent, boolean systemRole) {

    private static final String TEXT = "{\"probe_key\":  \"probe_value\"}";

    /** Asks a template. */
    static ToolTurns of(ChatTemplate template, Map<String, ? extends @Nullable Object> variables) {
        boolean system = renders(template, variables, List.of(turn("system", "probe_system"), turn("user", "x")))
                .contains("probe_system");
        for (boolean nullContent : new boolean[] {false, true}) {
            String withObject = call(template, variables, Map.of("probe_key", "probe_value"), nullContent);
            boolean object = showsObject(withObject);
            boolean json = !object || withObject.contains("{\"probe_key\": \"probe_value\"}");
            boolean text = json && showsText(call(template, variables, TEXT, nullContent));
            if (object || text) {
                return new ToolTurns(true, object, text, nullContent, system);
            }
        }
        return new ToolTurns(false, true, true, false, system);
    }

    private static boolean showsObject(String prompt) {
        return prompt.contains("probe_tool") && prompt.contains("probe_value") && !prompt.contains("{'probe_key'");
    }

    /** The odd spacing shows whether the text came through as it is; where the format is not JSON, that is no use. */
    private static boolean showsText(String prompt) {
        return prompt.contains("probe_tool") && prompt.contains(TEXT);
    }

    private static String call(
            ChatTemplate template,
            Map<String, ? extends @Nullable Object> variables,
            Object arguments,
            boolean nullContent) {
        Map<String, @Nullable Object> function = new LinkedHashMap<>();
        function.put("name", "probe_tool");
        function.put("arguments", arguments);
        Map<String, @Nullable Object> call = new LinkedHashMap<>();
        call.put("id", "probe1234");
        call.put("type", "function");
        call.put("function", function);
        Map<String, @Nullable Object> assistant = turn("assistant", nullContent ? null : "");
        assistant.put("tool_calls", List.of(call));
        Map<String, @Nullable Object> result = turn("tool", "probe_result");
        result.put("tool_call_id", "probe1234");
        result.put("name", "probe_tool");
        return renders(template, variables, List.of(turn("user", "x"), assistant, result));
    }

    private static Map<String, @Nullable Object> turn(String role, @Nullable String content) {
        Map<String, @Nullable Object> turn = new LinkedHashMap<>();
        turn.put("role", role);
        turn.put("content", content);
        return turn;
    }

    /** The prompt, or nothing where the template refuses. */
    private static String renders(
            ChatTemplate template,
            Map<String, ? extends @Nullable Object> variables,
            List<Map<String, @Nullable Object>> messages) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>(variables);
        all.put("messages", messages);
        all.put("add_generation_prompt", false);
        try {
            return template.render(all);
        } catch (TemplateException e) {
            return "";
        }
    }

    /** The calls of a message as the template wants them. */
    List<Map<String, @Nullable Object>> calls(List<Map<String, @Nullable Object>> calls) {
        List<Map<String, @Nullable Object>> out = new ArrayList<>();
        for (Map<String, @Nullable Object> call : calls) {
            Map<String, @Nullable Object> copy = new LinkedHashMap<>(call);
            if (call.get("function") instanceof Map<?, ?> function) {
                Map<String, @Nullable Object> inner = new LinkedHashMap<>();
                function.forEach((key, value) -> inner.put(String.valueOf(key), value));
                inner.put("arguments", arguments(inner.get("arguments")));
                copy.put("function", inner);
            }
            out.add(copy);
        }
        return out;
    }

    private @Nullable Object arguments(@Nullable Object value) {
        if (value instanceof String text) {
            return takesText && !text.isBlank() ? text : object(text);
        }
        if (value == null) {
            return takesObject ? Map.of() : "{}";
        }
        return takesObject ? value : JsonOut.line(value);
    }

    /** JSON text as an object; what is none, because a reply was cut, as an object that holds it. */
    private static Object object(String text) {
        if (text.isBlank()) {
            return Map.of();
        }
        try {
            if (Json.parse(text, "arguments") instanceof Map<?, ?> map) {
                return map;
            }
        } catch (ModelException e) {
            // falls through: the template cannot show it otherwise
        }
        return Map.of("arguments", text);
    }

    /**
     * Messages for a template that shows no calls: they are part of the assistant's text, in the model's format.
     *
     * @param results whether results become a user's message, because the template does not know tools at all
     */
    List<ChatMessage> spelledOut(List<ChatMessage> messages, ToolFormat format, boolean results) {
        List<ChatMessage> out = new ArrayList<>();
        for (ChatMessage message : messages) {
            if (results && message.role().equals("tool")) {
                String result = ToolPrompt.result(message.content());
                if (!out.isEmpty() && out.getLast().role().equals("user")) {
                    out.add(ChatMessage.user(out.removeLast().content() + "\n" + result));
                } else {
                    out.add(ChatMessage.user(result));
                }
            } else if (message.toolCalls().isEmpty()) {
                out.add(message);
            } else {
                String calls = ToolText.write(format, written(message));
                String content = message.content().isEmpty() ? calls : message.content() + "\n" + calls;
                out.add(ChatMessage.assistant(content, message.reasoning()));
            }
        }
        return out;
    }

    private static List<ToolText.Written> written(ChatMessage message) {
        List<ToolText.Written> calls = new ArrayList<>();
        for (Map<String, @Nullable Object> call : message.toolCalls()) {
            if (call.get("function") instanceof Map<?, ?> function) {
                Object arguments = function.get("arguments");
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                Object value = arguments instanceof String text ? object(text) : arguments;
                if (value instanceof Map<?, ?> object) {
                    object.forEach((key, item) -> map.put(String.valueOf(key), item));
                }
                String id = call.get("id") instanceof String text ? text : "";
                calls.add(new ToolText.Written(id, String.valueOf(function.get("name")), map));
            }
        }
        return calls;
    }

    /** Messages with a text added to the system message; to the first user's where the template has no system messages. */
    List<ChatMessage> withSystem(List<ChatMessage> messages, String text) {
        String role = systemRole ? "system" : "user";
        List<ChatMessage> out = new ArrayList<>(messages);
        for (int i = 0; i < out.size(); i++) {
            ChatMessage message = out.get(i);
            if (message.role().equals(role)) {
                String content = systemRole ? message.content() + "\n\n" + text : text + "\n\n" + message.content();
                out.set(i, new ChatMessage(role, content, null, List.of(), null, message.name()));
                return out;
            }
        }
        out.addFirst(new ChatMessage(role, text, null, List.of(), null, null));
        return out;
    }
}
