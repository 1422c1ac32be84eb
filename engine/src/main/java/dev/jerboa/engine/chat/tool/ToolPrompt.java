package dev.jerboa.engine.chat.tool;

import dev.jerboa.model.json.JsonOut;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tools in plain words, for models whose chat template has no place for them: the text that Hermes' and Qwen's templates put
 * into the system message, and their results. Models that were not trained on it follow it more or less.
 */
public final class ToolPrompt {
    private ToolPrompt() {}

    /** The system text that says which tools there are and how to call one. */
    public static String system(List<? extends Map<String, ? extends @Nullable Object>> tools) {
        StringBuilder out = new StringBuilder();
        out.append("# Tools\n\nYou may call one or more functions to assist with the user query.\n\n")
                .append("You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n");
        tools.forEach(tool -> out.append(JsonOut.line(tool)).append('\n'));
        return out.append(
                        "</tools>\n\nFor each function call, return a json object with function name and arguments within")
                .append(" <tool_call></tool_call> XML tags:\n<tool_call>\n")
                .append("{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call>")
                .toString();
    }

    /** A result, as part of a user's message. */
    public static String result(String content) {
        return "<tool_response>\n" + content + "\n</tool_response>";
    }
}
