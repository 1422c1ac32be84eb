package dev.jerboa.model.template;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Copies the caller's variables into the values that templates work with, so that no other Java object gets in. */
final class Inputs {
    private final Budget budget;

    private Inputs(Budget budget) {
        this.budget = budget;
    }

    static Map<String, @Nullable Object> copy(Map<String, ?> variables, Budget budget) {
        Inputs inputs = new Inputs(budget);
        Map<String, @Nullable Object> out = new HashMap<>();
        variables.forEach((name, value) -> out.put(name, inputs.value(value, name)));
        return out;
    }

    private @Nullable Object value(@Nullable Object value, String where) {
        return switch (value) {
            case null -> null;
            case String text -> text;
            case Boolean bool -> bool;
            case Long integer -> integer;
            case Integer integer -> integer.longValue();
            case Short integer -> integer.longValue();
            case Byte integer -> integer.longValue();
            case Double number -> number;
            case Float number -> number.doubleValue();
            case Map<?, ?> map -> {
                budget.elements(map.size());
                budget.descend();
                Map<@Nullable Object, @Nullable Object> out = Dicts.create();
                map.forEach((key, item) -> Dicts.put(out, value(key, where), value(item, where)));
                budget.ascend();
                yield out;
            }
            case List<?> list -> {
                List<@Nullable Object> out = new ArrayList<>(budget.elements(list.size()));
                budget.descend();
                for (Object item : list) {
                    out.add(value(item, where));
                }
                budget.ascend();
                yield out;
            }
            default ->
                throw new Fault("the variable '" + where + "' holds a "
                        + value.getClass().getName()
                        + "; expected maps, lists, strings, numbers, booleans or null");
        };
    }
}
