package dev.jerboa.model.template;

import dev.jerboa.model.template.Expr.Comparator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Python's stable sort by a key; only {@code <} of the keys is asked. */
final class Sorting {
    private record Keyed(@Nullable Object key, @Nullable Object item) {}

    private Sorting() {}

    static void sort(
            List<@Nullable Object> items,
            Function<@Nullable Object, @Nullable Object> key,
            boolean reverse,
            Budget budget) {
        List<Keyed> keyed = new ArrayList<>(budget.elements(items.size()));
        for (Object item : items) {
            keyed.add(new Keyed(key.apply(item), item));
        }
        try {
            keyed.sort((a, b) -> reverse ? order(b.key(), a.key(), budget) : order(a.key(), b.key(), budget));
        } catch (IllegalArgumentException e) {
            throw new Fault("the values to sort have no consistent order");
        }
        for (int i = 0; i < keyed.size(); i++) {
            items.set(i, keyed.get(i).item());
        }
    }

    private static int order(@Nullable Object a, @Nullable Object b, Budget budget) {
        if (Values.ordered(Comparator.LT, a, b, budget)) {
            return -1;
        }
        return Values.ordered(Comparator.LT, b, a, budget) ? 1 : 0;
    }
}
