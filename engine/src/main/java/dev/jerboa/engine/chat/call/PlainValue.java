package dev.jerboa.engine.chat.call;

import dev.jerboa.engine.chat.tool.ParameterKind;
import org.jspecify.annotations.Nullable;

/** A value that a model wrote as plain text, as JSON. */
final class PlainValue {
    private PlainValue() {}

    /**
     * Writes the value of one argument.
     *
     * @param kind what the schema says of it
     * @param tag what begins an element where the format writes objects and lists as elements (MiniMax-M3), which is what
     *     begins a parameter there
     */
    static void write(String text, ParameterKind kind, String tag, RunningCall call) {
        String trimmed = text.strip();
        String word = kind == ParameterKind.STRING ? null : constant(trimmed);
        if (word == null && kind == ParameterKind.JSON && !JsonScanner.isJson(trimmed)) {
            word = PythonValue.json(trimmed);
        }
        if (word != null) {
            call.json(word);
        } else if (kind != ParameterKind.STRING && trimmed.startsWith(tag)) {
            ElementTree.write(trimmed, tag, call);
        } else if (isValue(trimmed, kind)) {
            call.json(trimmed);
        } else {
            call.json('"');
            call.inString(text, 0, text.length());
            call.json('"');
        }
    }

    static boolean isValue(String text, ParameterKind kind) {
        return switch (kind) {
            case STRING -> false;
            case JSON -> JsonScanner.isJson(text);
            case UNKNOWN -> !text.startsWith("\"") && JsonScanner.isJson(text);
        };
    }

    /** JSON's word for one of Python's constants, which several templates write. */
    static @Nullable String constant(String text) {
        return switch (text) {
            case "True" -> "true";
            case "False" -> "false";
            case "None" -> "null";
            default -> null;
        };
    }
}
