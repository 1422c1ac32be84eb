package dev.jerboa.engine.eval.run;

import dev.jerboa.engine.eval.statistic.Bootstrap;
import dev.jerboa.engine.eval.statistic.Interval;
import dev.jerboa.engine.eval.statistic.Mean;
import dev.jerboa.engine.eval.statistic.Proportion;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A measure over items.
 *
 * @param measure such as acc
 * @param group the items: {@code all}, or those of a group
 * @param share whether it is a share of items, with Wilson's interval, or a mean with a bootstrapped one
 * @param count items
 * @param value the share or mean
 * @param standardError of {@code value}
 * @param interval the 95 % interval
 */
public record Score(
        String measure,
        String group,
        boolean share,
        long count,
        double value,
        double standardError,
        Interval interval) {
    static Score ofShare(String measure, String group, List<Boolean> right) {
        Proportion share = new Proportion(right.stream().filter(each -> each).count(), right.size());
        return new Score(measure, group, true, share.total(), share.share(), share.standardError(), share.interval());
    }

    static Score ofMean(String measure, String group, List<Double> values, long seed) {
        Mean mean = new Mean();
        values.forEach(mean::add);
        double[] all = values.stream().mapToDouble(Double::doubleValue).toArray();
        return new Score(
                measure, group, false, mean.count(), mean.value(), mean.standardError(), Bootstrap.ofMean(all, seed));
    }

    Map<String, @Nullable Object> json() {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("measure", measure);
        json.put("group", group);
        json.put("kind", share ? "share" : "mean");
        json.put("items", count);
        json.put("value", value);
        json.put("standard_error", standardError);
        json.put("low", interval.low());
        json.put("high", interval.high());
        return json;
    }
}
