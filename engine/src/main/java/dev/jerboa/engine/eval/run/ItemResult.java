package dev.jerboa.engine.eval.run;

import dev.jerboa.engine.eval.EvalException;
import dev.jerboa.model.json.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What came out of an item: a line of the log.
 *
 * @param item its place among the task's items, from 0
 * @param line its line in the task's file
 * @param group what it is counted with beside all
 * @param right by measure, whether it was right
 * @param values by measure, a number
 * @param details what else is worth reading
 */
public record ItemResult(
        int item,
        int line,
        String group,
        Map<String, Boolean> right,
        Map<String, Double> values,
        Map<String, @Nullable Object> details) {

    Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("item", item);
        json.put("line", line);
        json.put("group", group);
        json.put("right", right);
        json.put("values", values);
        json.putAll(details);
        return json;
    }

    /** What {@link #json} was made of; {@code place} names it in messages. */
    static ItemResult of(Map<String, @Nullable Object> json, String place) {
        Map<String, @Nullable Object> details = new LinkedHashMap<>(json);
        if (!(details.remove("item") instanceof Long item)
                || !(details.remove("line") instanceof Long line)
                || !(details.remove("group") instanceof String group)) {
            throw new EvalException(place + ": no result of an item, expected item, line and group");
        }
        Map<String, Boolean> right = new LinkedHashMap<>();
        Json.asObject(details.remove("right"), place).forEach((name, value) -> {
            if (!(value instanceof Boolean flag)) {
                throw new EvalException(
                        place + ": right." + name + " is " + Json.kind(value) + ", expected true or false");
            }
            right.put(name, flag);
        });
        Map<String, Double> values = new LinkedHashMap<>();
        Json.asObject(details.remove("values"), place).forEach((name, value) -> {
            if (!(value instanceof Number number)) {
                throw new EvalException(place + ": values." + name + " is " + Json.kind(value) + ", expected a number");
            }
            values.put(name, number.doubleValue());
        });
        return new ItemResult(item.intValue(), line.intValue(), group, right, values, details);
    }
}
