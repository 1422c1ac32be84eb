package dev.jerboa.model.template;

import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Python's {@code str} and {@code repr} of values. */
final class Repr {
    private final StringBuilder out = new StringBuilder();
    private final Budget budget;
    private int charged;

    private Repr(Budget budget) {
        this.budget = budget;
    }

    /** {@code str(value)}. */
    static String str(@Nullable Object value, Budget budget) {
        return switch (value) {
            case String text -> text;
            case SafeText text -> text.text();
            case Undefined undefined -> "";
            case Long integer -> integer.toString();
            case null, default -> repr(value, budget);
        };
    }

    /** {@code repr(value)}. */
    static String repr(@Nullable Object value, Budget budget) {
        Repr repr = new Repr(budget);
        repr.append(value);
        budget.grown(repr.out.length(), repr.out.length() - repr.charged);
        return repr.out.toString();
    }

    private void append(@Nullable Object value) {
        budget.step();
        if (out.length() - charged > 4096) {
            budget.grown(out.length(), out.length() - charged);
            charged = out.length();
        }
        switch (value) {
            case null -> out.append("None");
            case Boolean bool -> out.append(bool ? "True" : "False");
            case Long integer -> out.append(integer.longValue());
            case Double number -> {
                budget.steps(8);
                out.append(Numbers.repr(number));
            }
            case String text -> text(text);
            case SafeText text -> {
                out.append("Markup(");
                text(text.text());
                out.append(')');
            }
            case List<?> list -> items("[", list, "]");
            case Tuple tuple -> items("(", tuple.items(), tuple.items().size() == 1 ? ",)" : ")");
            case Map<?, ?> map -> map(map);
            case Undefined undefined -> out.append("Undefined");
            case Range range -> {
                out.append("range(").append(range.start()).append(", ").append(range.stop());
                out.append(range.step() == 1 ? ")" : ", " + range.step() + ")");
            }
            case Namespace namespace -> {
                out.append("<Namespace ");
                map(namespace.attributes);
                out.append('>');
            }
            case DictView view -> {
                out.append(Values.type(view)).append('(');
                items("[", Values.list(view, budget), "]");
                out.append(')');
            }
            case LoopContext loop ->
                out.append("<LoopContext ")
                        .append(loop.index())
                        .append('/')
                        .append(loop.length())
                        .append('>');
            case Macro macro -> {
                out.append("<Macro ");
                text(macro.name());
                out.append('>');
            }
            case Generator generator ->
                out.append("<generator object ").append(generator.type).append('>');
            case Invocable.Function function ->
                out.append("<function ").append(function.name()).append('>');
            default -> out.append('<').append(Values.type(value)).append(" object>");
        }
    }

    private void items(String open, List<?> items, String close) {
        budget.descend();
        out.append(open);
        for (int i = 0; i < items.size(); i++) {
            if (i > 0) {
                out.append(", ");
            }
            append(items.get(i));
        }
        out.append(close);
        budget.ascend();
    }

    private void map(Map<?, ?> map) {
        budget.descend();
        out.append('{');
        boolean first = true;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (!first) {
                out.append(", ");
            }
            first = false;
            append(entry.getKey());
            out.append(": ");
            append(entry.getValue());
        }
        out.append('}');
        budget.ascend();
    }

    private void text(String text) {
        budget.scan(text.length());
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (c == quote || c == '\\') {
                out.append('\\').append((char) c);
            } else if (c == '\n') {
                out.append("\\n");
            } else if (c == '\r') {
                out.append("\\r");
            } else if (c == '\t') {
                out.append("\\t");
            } else if (Text.isPrintable(c)) {
                out.appendCodePoint(c);
            } else {
                escape(c, out);
            }
        }
        out.append(quote);
    }

    private static void escape(int c, StringBuilder out) {
        char kind = c < 0x100 ? 'x' : c < 0x10000 ? 'u' : 'U';
        out.append('\\').append(kind).append(HexFormat.of().toHexDigits(c, kind == 'x' ? 2 : kind == 'u' ? 4 : 8));
    }

    /** {@code ascii(value)}: {@code repr} with every character outside ASCII escaped. */
    static String ascii(@Nullable Object value, Budget budget) {
        String repr = repr(value, budget);
        StringBuilder out = new StringBuilder(repr.length());
        repr.codePoints().forEach(c -> {
            if (c < 128) {
                out.append((char) c);
            } else {
                escape(c, out);
            }
        });
        return budget.made(out.toString());
    }
}
