package dev.jerboa.model.template;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Python's {@code str.format}, in the sandbox: fields reach only what a template reaches. */
final class BraceFormat {
    private final Budget budget;
    private final List<? extends @Nullable Object> positional;
    private final Map<?, ?> named;
    private int automatic;
    private boolean manual;
    private final boolean escapes;

    private BraceFormat(
            Interpreter interpreter, boolean escapes, List<? extends @Nullable Object> positional, Map<?, ?> named) {
        this.budget = interpreter.budget();
        this.escapes = escapes;
        this.positional = positional;
        this.named = named;
    }

    static String format(
            Interpreter interpreter, Object text, List<? extends @Nullable Object> positional, Map<?, ?> named) {
        String format = text.toString();
        interpreter.budget().scan(format.length());
        return new BraceFormat(interpreter, text instanceof SafeText, positional, named).expand(format, 2);
    }

    private String expand(String format, int depth) {
        if (depth == 0) {
            throw new Fault("Max string recursion exceeded");
        }
        StringBuilder out = new StringBuilder();
        int at = 0;
        while (at < format.length()) {
            char c = format.charAt(at++);
            if (c != '{' && c != '}') {
                out.append(c);
            } else if (at < format.length() && format.charAt(at) == c) {
                out.append(c);
                at++;
            } else if (c == '}') {
                throw new Fault("Single '}' encountered in format string");
            } else {
                int close = close(format, at);
                StringMethods.append(out, field(format.substring(at, close), depth), budget);
                at = close + 1;
            }
        }
        return out.toString();
    }

    private static int close(String format, int from) {
        int open = 1;
        boolean inBrackets = false;
        for (int i = from; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c == '[') {
                inBrackets = true;
            } else if (c == ']') {
                inBrackets = false;
            } else if (c == '{' && !inBrackets) {
                open++;
            } else if (c == '}' && !inBrackets && --open == 0) {
                return i;
            }
        }
        throw new Fault(
                from >= format.length()
                        ? "Single '{' encountered in format string"
                        : "expected '}' before end of string");
    }

    private String field(String field, int depth) {
        int end = nameEnd(field);
        String name = field.substring(0, end);
        Object value = value(name);
        char conversion = 0;
        if (end < field.length() && field.charAt(end) == '!') {
            if (end + 1 >= field.length()) {
                throw new Fault("end of string while looking for conversion specifier");
            }
            conversion = field.charAt(end + 1);
            end += 2;
            if (end < field.length() && field.charAt(end) != ':') {
                throw new Fault("expected ':' after conversion specifier");
            }
        }
        String spec = end < field.length() ? expand(field.substring(end + 1), depth - 1) : "";
        value = switch (conversion) {
            case 0 -> value;
            case 's' -> Repr.str(value, budget);
            case 'r' -> Repr.repr(value, budget);
            case 'a' -> Repr.ascii(value, budget);
            default -> throw new Fault("Unknown conversion specifier " + conversion);
        };
        if (escapes && value instanceof SafeText safe) {
            return safe.text();
        }
        String text = FormatSpec.parse(spec).apply(value, budget);
        return escapes ? SafeText.escape(text, budget).text() : text;
    }

    private static int nameEnd(String field) {
        boolean inBrackets = false;
        for (int i = 0; i < field.length(); i++) {
            char c = field.charAt(i);
            if (c == '[') {
                inBrackets = true;
            } else if (c == ']') {
                inBrackets = false;
            } else if (!inBrackets && (c == '!' || c == ':')) {
                return i;
            }
        }
        return field.length();
    }

    private @Nullable Object value(String name) {
        int end = 0;
        while (end < name.length() && name.charAt(end) != '.' && name.charAt(end) != '[') {
            end++;
        }
        Object value = argument(name.substring(0, end));
        while (end < name.length()) {
            boolean attribute = name.charAt(end) == '.';
            int start = ++end;
            while (end < name.length()
                    && (attribute ? name.charAt(end) != '.' && name.charAt(end) != '[' : name.charAt(end) != ']')) {
                end++;
            }
            String part = name.substring(start, end);
            if (part.isEmpty() || (!attribute && end >= name.length())) {
                throw new Fault("Empty attribute in format string");
            }
            budget.step();
            if (attribute) {
                value = Attributes.attribute(value, part, budget);
            } else {
                Long index = index(part);
                value = Attributes.item(value, index != null ? index : part, budget);
                end++;
            }
        }
        return value;
    }

    private static @Nullable Long index(String text) {
        boolean digits = !text.isEmpty() && text.length() < 10 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return digits ? Long.valueOf(text) : null;
    }

    private @Nullable Object argument(String name) {
        if (name.isEmpty()) {
            if (manual) {
                throw new Fault("cannot switch from manual field specification to automatic field numbering");
            }
            return positional(automatic++);
        }
        Long index = index(name);
        if (index != null) {
            if (automatic > 0) {
                throw new Fault("cannot switch from automatic field numbering to manual field specification");
            }
            manual = true;
            return positional(index.intValue());
        }
        Object value = Dicts.get(named, name, Absent.ABSENT);
        if (value instanceof Absent) {
            throw new Fault("the format's key '" + name + "' is missing");
        }
        return value;
    }

    private @Nullable Object positional(int index) {
        if (index >= positional.size()) {
            throw new Fault("Replacement index " + index + " out of range for positional args tuple");
        }
        return positional.get(index);
    }
}
