package dev.jerboa.gateway.share.chart;

import dev.jerboa.gateway.share.fact.Fact;
import dev.jerboa.gateway.share.fact.Tally;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** Amounts of groups by period. One thread. */
final class Amounts {
    /** The group of all that are not among the largest. */
    static final String OTHER = "(other)";

    private final SortedMap<Long, Map<String, Long>> periods = new TreeMap<>();
    private final Map<String, Long> totals = new HashMap<>();

    static Amounts of(Collection<Fact> facts, Function<Fact, String> group, ToLongFunction<Tally> amount) {
        Amounts amounts = new Amounts();
        facts.forEach(fact -> amounts.add(fact.period(), group.apply(fact), amount.applyAsLong(fact.sums())));
        return amounts;
    }

    void add(long period, String group, long amount) {
        periods.computeIfAbsent(period, key -> new HashMap<>()).merge(group, amount, Math::addExact);
        totals.merge(group, amount, Math::addExact);
    }

    Collection<Long> periods() {
        return periods.keySet();
    }

    long of(long period, String group) {
        Map<String, Long> amounts = periods.get(period);
        return amounts == null ? 0 : amounts.getOrDefault(group, 0L);
    }

    long total(String group) {
        return totals.getOrDefault(group, 0L);
    }

    /** All groups' of a period. */
    long ofPeriod(long period) {
        return sum(periods.getOrDefault(period, Map.of()).values());
    }

    long total() {
        return sum(totals.values());
    }

    private static long sum(Collection<Long> amounts) {
        long sum = 0;
        for (long amount : amounts) {
            sum = Math.addExact(sum, amount);
        }
        return sum;
    }

    /** All groups, the largest first; among equals by name. */
    List<String> groups() {
        return ranked(totals);
    }

    /** The groups of a period that have anything, the largest first. */
    List<String> ranked(long period) {
        return ranked(periods.getOrDefault(period, Map.of())).stream()
                .filter(group -> of(period, group) > 0)
                .toList();
    }

    private static List<String> ranked(Map<String, Long> amounts) {
        return amounts.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey(Comparator.naturalOrder())))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The same with all but the largest groups as one, which is the last. */
    Amounts top(int most) {
        List<String> all = groups();
        if (all.size() <= most) {
            return this;
        }
        Set<String> kept = new LinkedHashSet<>(all.subList(0, most));
        Amounts fewer = new Amounts();
        periods.forEach((period, amounts) ->
                amounts.forEach((group, amount) -> fewer.add(period, kept.contains(group) ? group : OTHER, amount)));
        return fewer;
    }

    /** The groups in the order in which charts have them: the largest first, the rest last. */
    List<String> shown() {
        List<String> groups = groups();
        if (!groups.contains(OTHER)) {
            return groups;
        }
        List<String> ordered = new java.util.ArrayList<>(groups);
        ordered.remove(OTHER);
        ordered.add(OTHER);
        return ordered;
    }
}
