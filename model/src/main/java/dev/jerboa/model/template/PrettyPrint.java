package dev.jerboa.model.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The filter {@code pprint}: {@code repr} with sorted keys, one element a line where it is wider than 80 columns. */
final class PrettyPrint {
    private static final int WIDTH = 80;

    private final Budget budget;
    private final StringBuilder out = new StringBuilder();

    private PrettyPrint(Budget budget) {
        this.budget = budget;
    }

    static String format(@Nullable Object value, Budget budget) {
        PrettyPrint print = new PrettyPrint(budget);
        print.append(sorted(value, budget), 0, 0, true);
        return budget.made(print.out.toString());
    }

    /** The value with all mappings in the order of their keys. */
    private static @Nullable Object sorted(@Nullable Object value, Budget budget) {
        budget.step();
        budget.descend();
        Object result = switch (value) {
            case Map<?, ?> map -> {
                Map<@Nullable Object, @Nullable Object> copy = Dicts.create();
                List<@Nullable Object> keys = new ArrayList<>(map.keySet());
                sort(keys, budget);
                for (Object key : keys) {
                    copy.put(key, sorted(map.get(key), budget));
                }
                yield copy;
            }
            case List<?> list -> sortedItems(list, budget);
            case Tuple tuple -> new Tuple(sortedItems(tuple.items(), budget));
            case null, default -> value;
        };
        budget.ascend();
        return result;
    }

    private static void sort(List<@Nullable Object> keys, Budget budget) {
        try {
            keys.sort((a, b) -> order(a, b, budget));
        } catch (IllegalArgumentException e) {
            throw new Fault("the keys to print have no consistent order");
        }
    }

    /** The order of two keys; those without one are ordered by their types. */
    private static int order(@Nullable Object a, @Nullable Object b, Budget budget) {
        try {
            return Values.ordered(Expr.Comparator.LT, a, b, budget)
                    ? -1
                    : Values.ordered(Expr.Comparator.LT, b, a, budget) ? 1 : 0;
        } catch (Fault e) {
            return Values.type(a).compareTo(Values.type(b));
        }
    }

    private static List<@Nullable Object> sortedItems(List<?> items, Budget budget) {
        List<@Nullable Object> out = new ArrayList<>(budget.elements(items.size()));
        items.forEach(item -> out.add(sorted(item, budget)));
        return out;
    }

    /** Appends at a column, with {@code after} columns kept free for what follows. */
    private void append(@Nullable Object value, int column, int after, boolean outermost) {
        String flat = Repr.repr(value, budget);
        budget.grown(out.length(), column);
        budget.descend();
        switch (value) {
            case Map<?, ?> map when tooWide(flat, column, after) && !map.isEmpty() -> map(map, column, after);
            case List<?> list
            when tooWide(flat, column, after) && !list.isEmpty() -> items(list, "[", "]", column, after);
            case Tuple tuple
            when tooWide(flat, column, after) && !tuple.items().isEmpty() ->
                items(tuple.items(), "(", tuple.items().size() == 1 ? ",)" : ")", column, after);
            case String text when tooWide(flat, column, after) -> text(text, column, after, outermost);
            case null, default -> out.append(flat);
        }
        budget.ascend();
    }

    private static boolean tooWide(String flat, int column, int after) {
        return Text.length(flat) > WIDTH - column - after;
    }

    private void map(Map<?, ?> map, int column, int after) {
        out.append('{');
        int left = map.size();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            String key = Repr.repr(entry.getKey(), budget);
            out.append(key).append(": ");
            left--;
            append(entry.getValue(), column + 1 + Text.length(key) + 2, left == 0 ? after + 1 : 1, false);
            if (left > 0) {
                out.append(",\n").append(" ".repeat(column + 1));
            }
        }
        out.append('}');
    }

    private void items(List<?> items, String open, String close, int column, int after) {
        out.append(open);
        for (int i = 0; i < items.size(); i++) {
            boolean last = i == items.size() - 1;
            append(items.get(i), column + 1, last ? after + close.length() : 1, false);
            if (!last) {
                out.append(",\n").append(" ".repeat(column + 1));
            }
        }
        out.append(close);
    }

    /** A text in pieces, a line each, cut after line ends and where needed after blanks. */
    private void text(String text, int column, int after, boolean outermost) {
        int indent = outermost ? column + 1 : column;
        int reserved = outermost ? after + 1 : after;
        List<String> pieces = new ArrayList<>();
        List<String> lines = StringMethods.lines(text, true, budget);
        for (int i = 0; i < lines.size(); i++) {
            int lastWidth = WIDTH - indent - (i == lines.size() - 1 ? reserved : 0);
            String flat = Repr.repr(lines.get(i), budget);
            if (Text.length(flat) <= lastWidth) {
                pieces.add(flat);
            } else {
                words(lines.get(i), WIDTH - indent, lastWidth, pieces);
            }
        }
        if (pieces.size() == 1) {
            out.append(pieces.getFirst());
            return;
        }
        out.append(outermost ? "(" : "");
        out.append(String.join("\n" + " ".repeat(indent), pieces));
        out.append(outermost ? ")" : "");
    }

    private void words(String line, int width, int lastWidth, List<String> pieces) {
        String current = "";
        for (int from = 0; from < line.length(); ) {
            int to = from;
            while (to < line.length() && !Text.isSpace(line.charAt(to))) {
                to++;
            }
            while (to < line.length() && Text.isSpace(line.charAt(to))) {
                to++;
            }
            String candidate = current + line.substring(from, to);
            if (Text.length(Repr.repr(candidate, budget)) > (to == line.length() ? lastWidth : width)) {
                if (!current.isEmpty()) {
                    pieces.add(Repr.repr(current, budget));
                }
                current = line.substring(from, to);
            } else {
                current = candidate;
            }
            from = to;
        }
        if (!current.isEmpty()) {
            pieces.add(Repr.repr(current, budget));
        }
    }
}
