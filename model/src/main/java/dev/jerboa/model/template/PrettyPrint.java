package dev.jerboa.model.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
        print.append(sorted(value, budget), 0, 0);
        return budget.made(print.out.toString());
    }

    /** The value with all mappings in the order of their keys. */
    private static @Nullable Object sorted(@Nullable Object value, Budget budget) {
        budget.step();
        budget.descend();
        Object result = switch (value) {
            case Map<?, ?> map -> {
                Map<@Nullable Object, @Nullable Object> copy = Dicts.create();
                boolean texts = map.keySet().stream().allMatch(String.class::isInstance);
                Map<?, ?> ordered = texts ? new TreeMap<@Nullable Object, @Nullable Object>(map) : map;
                ordered.forEach((key, item) -> copy.put(key, sorted(item, budget)));
                yield copy;
            }
            case List<?> list -> sortedItems(list, budget);
            case Tuple tuple -> new Tuple(sortedItems(tuple.items(), budget));
            case null, default -> value;
        };
        budget.ascend();
        return result;
    }

    private static List<@Nullable Object> sortedItems(List<?> items, Budget budget) {
        List<@Nullable Object> out = new ArrayList<>(budget.elements(items.size()));
        items.forEach(item -> out.add(sorted(item, budget)));
        return out;
    }

    /** Appends at a column, with {@code after} columns kept free for what follows. */
    private void append(@Nullable Object value, int column, int after) {
        String flat = Repr.repr(value, budget);
        budget.memoryOf(column);
        budget.descend();
        switch (value) {
            case Map<?, ?> map when tooWide(flat, column, after) && !map.isEmpty() -> map(map, column, after);
            case List<?> list
            when tooWide(flat, column, after) && !list.isEmpty() -> items(list, "[", "]", column, after);
            case Tuple tuple
            when tooWide(flat, column, after) && !tuple.items().isEmpty() ->
                items(tuple.items(), "(", tuple.items().size() == 1 ? ",)" : ")", column, after);
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
            append(entry.getValue(), column + 1 + Text.length(key) + 2, left == 0 ? after + 1 : 1);
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
            append(items.get(i), column + 1, last ? after + close.length() : 1);
            if (!last) {
                out.append(",\n").append(" ".repeat(column + 1));
            }
        }
        out.append(close);
    }
}
