package dev.jerboa.gateway.ledger;

import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which sums are asked for: of which hours, how finely cut, told apart by what, and of which values only.
 *
 * @param fromHour the first hour since 1970
 * @param toHour the hour behind the last
 * @param only values of dimensions that count; a dimension that is not there counts with all of its values
 */
public record RollupQuery(
        long fromHour, long toHour, Grain grain, Set<Dimension> by, Map<Dimension, List<String>> only) {
    /** The most values of a dimension that one question may name. */
    public static final int MOST_VALUES = 10_000;

    /** @throws IllegalArgumentException where a dimension is limited to too many values */
    public RollupQuery {
        by = by.isEmpty() ? Set.of() : Set.copyOf(by);
        only = Map.copyOf(only);
        only.forEach((dimension, values) -> {
            if (values.size() > MOST_VALUES) {
                throw new IllegalArgumentException("a question names " + values.size() + " values of "
                        + dimension.column() + ": expected at most " + MOST_VALUES);
            }
        });
    }

    /** Sums of all requests of some hours. */
    public static RollupQuery of(long fromHour, long toHour, Grain grain, Dimension... by) {
        Set<Dimension> set = EnumSet.noneOf(Dimension.class);
        set.addAll(List.of(by));
        return new RollupQuery(fromHour, toHour, grain, set, Map.of());
    }

    /** Whether anything but endpoints is told apart or limited. */
    boolean isByPayer() {
        return !Set.of(Dimension.ENDPOINT).containsAll(by)
                || !Set.of(Dimension.ENDPOINT).containsAll(only.keySet());
    }

    /** The same, of some values of a dimension only; none of them for an empty list. */
    public RollupQuery only(Dimension dimension, Collection<String> values) {
        Map<Dimension, List<String>> all = new EnumMap<>(Dimension.class);
        all.putAll(only);
        all.put(dimension, List.copyOf(values));
        return new RollupQuery(fromHour, toHour, grain, by, all);
    }
}
