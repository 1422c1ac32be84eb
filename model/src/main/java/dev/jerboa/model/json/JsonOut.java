package dev.jerboa.model.json;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Plain values as JSON text: maps, lists, strings, numbers, booleans, null. Numbers that are not finite become null. */
public final class JsonOut {
    private JsonOut() {}

    /** On several lines, indented. */
    public static String text(@Nullable Object value) {
        StringBuilder out = new StringBuilder();
        write(value, "\n", out);
        return out.toString();
    }

    /** On one line. */
    public static String line(@Nullable Object value) {
        StringBuilder out = new StringBuilder();
        write(value, "", out);
        return out.toString();
    }

    private static void write(@Nullable Object value, String newline, StringBuilder out) {
        switch (value) {
            case null -> out.append("null");
            case Map<?, ?> map -> {
                String separator = "{";
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    out.append(separator).append(newline.isEmpty() ? separator.equals(",") ? " " : "" : newline + "  ");
                    string(String.valueOf(entry.getKey()), out);
                    out.append(": ");
                    write(entry.getValue(), newline.isEmpty() ? "" : newline + "  ", out);
                    separator = ",";
                }
                out.append(map.isEmpty() ? "{}" : newline + "}");
            }
            case List<?> list -> {
                out.append('[');
                String separator = "";
                for (Object item : list) {
                    out.append(separator);
                    write(item, newline.isEmpty() ? "" : newline + "  ", out);
                    separator = ", ";
                }
                out.append(']');
            }
            case Double number -> out.append(Double.isFinite(number) ? number.toString() : "null");
            case Number number -> out.append(number);
            case Boolean flag -> out.append(flag);
            default -> string(value.toString(), out);
        }
    }

    /** Appends a text as a JSON string, in quotation marks. */
    public static void string(String text, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c < 0x20 || (Character.isSurrogate(c) && !paired(text, i))) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    private static boolean paired(String text, int i) {
        return Character.isHighSurrogate(text.charAt(i))
                ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
                : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
    }
}
