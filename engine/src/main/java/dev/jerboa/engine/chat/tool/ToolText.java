package dev.jerboa.engine.chat.tool;

import dev.jerboa.model.json.JsonOut;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes calls in a format, as a model of its family would: for templates that do not show earlier calls. */
public final class ToolText {
    private final ToolFormat format;
    private final StringBuilder out = new StringBuilder();

    private ToolText(ToolFormat format) {
        this.format = format;
    }

    /** A call with its arguments as plain JSON values. */
    public record Written(String id, String name, Map<String, ? extends @Nullable Object> arguments) {}

    /**
     * The text of calls.
     *
     * @param format not harmony, whose calls are messages
     */
    public static String write(ToolFormat format, List<Written> calls) {
        ToolText text = new ToolText(format);
        text.calls(calls);
        return text.out.toString();
    }

    private void calls(List<Written> calls) {
        boolean json = format.layout() == ToolFormat.Layout.BARE && !format.oneSection();
        for (int i = 0; i < calls.size(); i++) {
            boolean newSection = !json && (i == 0 || !format.oneSection());
            if (i > 0) {
                out.append(newSection ? "\n" : format.between().isEmpty() ? "" : format.between() + " ");
            }
            if (newSection) {
                fixed(format.open());
            }
            call(calls.get(i));
            if (!json && (i == calls.size() - 1 || !format.oneSection())) {
                fixed(format.close());
            }
        }
    }

    private void fixed(List<Part> parts) {
        for (Part part : parts) {
            switch (part) {
                case Part.Lit(String text) -> out.append(text);
                case Part.Gap(String usual) -> out.append(usual);
                default -> throw new AssertionError("sections are fixed text, found " + part);
            }
        }
    }

    private void call(Written call) {
        for (Part part : format.call()) {
            switch (part) {
                case Part.Lit(String text) -> out.append(text);
                case Part.Gap(String usual) -> out.append(usual);
                case Part.Name(String end, Part.Naming naming) ->
                    out.append(named(call, naming)).append(end);
                case Part.Word word -> out.append(call.name());
                case Part.Id(String end) -> out.append(call.id()).append(end);
                case Part.Skip skip -> out.append(skip.usual());
                case Part.JsonArguments json -> out.append(JsonOut.line(call.arguments()));
                case Part.JsonCall(String nameKey, String argumentsKey) -> {
                    entry("{", nameKey);
                    JsonOut.string(call.name(), out);
                    entry(", ", argumentsKey);
                    out.append(JsonOut.line(call.arguments())).append('}');
                }
                case Part.KeyedCall keyed -> {
                    entry("{", call.name());
                    out.append(JsonOut.line(call.arguments())).append('}');
                }
                case Part.Parameters parameters ->
                    call.arguments().forEach((key, value) -> parameter(parameters, key, value));
                case Part.Literals(Part.Syntax syntax) -> literals(call.arguments(), syntax);
            }
        }
    }

    private static String named(Written call, Part.Naming naming) {
        return switch (naming) {
            case PLAIN, CALL_ID -> call.name();
            case COUNTED -> call.id().startsWith("functions.") ? call.id() : "functions." + call.name() + ":0";
        };
    }

    private void entry(String before, String key) {
        out.append(before);
        JsonOut.string(key, out);
        out.append(": ");
    }

    private void parameter(Part.Parameters part, String key, @Nullable Object value) {
        String newline = part.around() == Part.Around.LINES ? "\n" : "";
        boolean string = value instanceof String;
        String type = switch (part.types()) {
            case SCHEMA -> "";
            case STRING_FLAG -> " string=\"" + string + "\"";
            case TYPE_NAME -> " type=\"" + typeName(value) + "\"";
        };
        out.append(part.open()).append(key).append(part.keyEnd()).append(type);
        out.append(part.valueStart()).append(newline);
        out.append(value instanceof String text ? text : JsonOut.line(value));
        out.append(newline).append(part.valueEnd().replace("{key}", key)).append(newline);
    }

    private static String typeName(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case String text -> "string";
            case Number number -> "number";
            case Boolean flag -> "boolean";
            case List<?> list -> "array";
            default -> "object";
        };
    }

    private void literals(Map<String, ? extends @Nullable Object> arguments, Part.Syntax syntax) {
        boolean python = syntax == Part.Syntax.PYTHON;
        String separator = "";
        for (Map.Entry<String, ? extends @Nullable Object> entry : arguments.entrySet()) {
            out.append(separator).append(entry.getKey()).append(python ? '=' : ':');
            literal(entry.getValue(), python);
            separator = python ? ", " : ",";
        }
        out.append(python ? ')' : '}');
    }

    private void literal(@Nullable Object value, boolean python) {
        switch (value) {
            case null -> out.append(python ? "None" : "null");
            case Boolean flag -> out.append(python ? flag ? "True" : "False" : flag.toString());
            case List<?> list -> {
                String separator = "[";
                for (Object item : list) {
                    out.append(separator);
                    literal(item, python);
                    separator = python ? ", " : ",";
                }
                out.append(list.isEmpty() ? "[]" : "]");
            }
            case Map<?, ?> map -> {
                String separator = "{";
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    out.append(separator);
                    literal(String.valueOf(entry.getKey()), python);
                    out.append(python ? ": " : ":");
                    literal(entry.getValue(), python);
                    separator = python ? ", " : ",";
                }
                out.append(map.isEmpty() ? "{}" : "}");
            }
            case String text -> string(text, python);
            default -> out.append(value);
        }
    }

    private void string(String text, boolean python) {
        if (!python) {
            out.append("<|\"|>").append(text).append("<|\"|>");
            return;
        }
        out.append('\'');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\'', '\\' -> out.append('\\').append(c);
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> out.append(c);
            }
        }
        out.append('\'');
    }
}
