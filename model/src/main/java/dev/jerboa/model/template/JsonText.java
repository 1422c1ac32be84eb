package dev.jerboa.model.template;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Python's {@code json.dumps}, as the filter {@code tojson} of transformers calls it. */
final class JsonText {
    private final StringBuilder out = new StringBuilder();
    private final Budget budget;
    private final boolean asciiOnly;
    private final @Nullable String indent;
    private final String itemSeparator;
    private final String keySeparator;
    private final boolean sortKeys;
    private int charged;
    private int level;

    private JsonText(
            Budget budget,
            boolean asciiOnly,
            @Nullable String indent,
            String itemSeparator,
            String keySeparator,
            boolean sortKeys) {
        this.budget = budget;
        this.asciiOnly = asciiOnly;
        this.indent = indent;
        this.itemSeparator = itemSeparator;
        this.keySeparator = keySeparator;
        this.sortKeys = sortKeys;
    }

    /** {@code tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False)}. */
    static String filter(Interpreter interpreter, @Nullable Object value, Arguments arguments) {
        Budget budget = interpreter.budget();
        @Nullable Object[] bound = arguments.bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
        String indent = indent(Arguments.or(bound[1], null), budget);
        String itemSeparator = indent == null ? ", " : ",";
        String keySeparator = ": ";
        Object separators = Arguments.or(bound[2], null);
        if (separators != null) {
            List<@Nullable Object> pair = Values.list(separators, budget);
            if (pair.size() != 2) {
                throw new Fault("tojson: separators must be a pair of strings");
            }
            itemSeparator = Values.text(pair.get(0), "tojson: a separator");
            keySeparator = Values.text(pair.get(1), "tojson: a separator");
        }
        JsonText json = new JsonText(
                budget,
                Values.truth(Arguments.or(bound[0], false)),
                indent,
                itemSeparator,
                keySeparator,
                Values.truth(Arguments.or(bound[3], false)));
        json.value(value);
        budget.grown(json.out.length(), json.out.length() - json.charged);
        return json.out.toString();
    }

    private static @Nullable String indent(@Nullable Object indent, Budget budget) {
        if (indent == null) {
            return null;
        }
        if (Values.isText(indent)) {
            return indent.toString();
        }
        long width = Values.integer(indent, "tojson: indent");
        return width <= 0 ? "" : " ".repeat(budget.text(width));
    }

    private void value(@Nullable Object value) {
        budget.step();
        charge();
        switch (value) {
            case null -> out.append("null");
            case Boolean bool -> out.append(bool.booleanValue());
            case Long integer -> out.append(integer.longValue());
            case Double number -> {
                budget.steps(8);
                out.append(number(number));
            }
            case String text -> text(text);
            case SafeText text -> text(text.text());
            case List<?> list -> items(list);
            case Tuple tuple -> items(tuple.items());
            case Map<?, ?> map -> map(map);
            default -> throw new Fault("Object of type " + Values.type(value) + " is not JSON serializable");
        }
    }

    private void charge() {
        if (out.length() - charged > 4096) {
            budget.grown(out.length(), out.length() - charged);
            charged = out.length();
        }
    }

    private static String number(double number) {
        if (Double.isNaN(number)) {
            return "NaN";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "Infinity" : "-Infinity";
        }
        return Numbers.repr(number);
    }

    private void items(List<?> items) {
        if (items.isEmpty()) {
            out.append("[]");
            return;
        }
        budget.descend();
        out.append('[');
        level++;
        for (int i = 0; i < items.size(); i++) {
            out.append(i > 0 ? itemSeparator : "");
            newline();
            value(items.get(i));
        }
        level--;
        newline();
        out.append(']');
        budget.ascend();
    }

    private void map(Map<?, ?> map) {
        if (map.isEmpty()) {
            out.append("{}");
            return;
        }
        budget.descend();
        out.append('{');
        level++;
        boolean first = true;
        for (Object key : keys(map)) {
            out.append(first ? "" : itemSeparator);
            first = false;
            newline();
            text(key(key));
            out.append(keySeparator);
            value(map.get(key));
        }
        level--;
        newline();
        out.append('}');
        budget.ascend();
    }

    private Iterable<? extends @Nullable Object> keys(Map<?, ?> map) {
        if (!sortKeys) {
            return map.keySet();
        }
        List<@Nullable Object> keys = new ArrayList<>(map.keySet());
        Sorting.sort(keys, key -> key, false, budget);
        return keys;
    }

    private static String key(@Nullable Object key) {
        return switch (key) {
            case null -> "null";
            case String text -> text;
            case Boolean bool -> bool.toString();
            case Long integer -> integer.toString();
            case Double number -> number(number);
            default -> throw new Fault("keys must be str, int, float, bool or None, not " + Values.type(key));
        };
    }

    private void newline() {
        if (indent == null) {
            return;
        }
        long added = 1 + (long) indent.length() * level;
        budget.grown(out.length() + added, added);
        out.append('\n');
        for (int i = 0; i < level; i++) {
            out.append(indent);
        }
    }

    private void text(String text) {
        budget.scan(text.length());
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\f' -> out.append("\\f");
                case '\b' -> out.append("\\b");
                default -> {
                    if (c < 0x20 || (asciiOnly && c > 0x7e)) {
                        out.append("\\u").append(HexFormat.of().toHexDigits(c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
