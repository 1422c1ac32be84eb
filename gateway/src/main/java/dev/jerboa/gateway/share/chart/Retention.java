package dev.jerboa.gateway.share.chart;

import static java.util.Objects.requireNonNull;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.ledger.Figure;
import dev.jerboa.gateway.ledger.SumTables;
import dev.jerboa.gateway.share.fact.Bucket;
import dev.jerboa.gateway.share.fact.Fact;
import dev.jerboa.gateway.share.fact.FactReader;
import dev.jerboa.gateway.share.fact.GroupBy;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.fact.Split;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.gateway.share.table.Note;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Whether those who begin with a model stay with it: of the keys whose first request to a model was in a period, how many used it again
 * in each period after.
 */
public final class Retention {
    private static final int MOST_ROWS = 200_000;

    private Retention() {}

    public static Drawn draw(FactReader reader) {
        ShareQuery query = reader.query();
        List<Fact> facts = reader.facts(Split.KEY);
        Map<String, Map<String, TreeSet<Long>>> uses = new TreeMap<>();
        for (Fact fact : facts) {
            if (!fact.key().isEmpty() && fact.sums().of(Figure.REQUESTS) > 0) {
                uses.computeIfAbsent(GroupBy.MODEL.of(fact, query), key -> new HashMap<>())
                        .computeIfAbsent(fact.key(), key -> new TreeSet<>())
                        .add(fact.period());
            }
        }
        Table.Draft table = Table.of("retention", "Keys that stay with a model")
                .column("model", "Model", Unit.TEXT)
                .column("cohort", "First used in", Unit.TIME)
                .column("age", "Periods since", Unit.COUNT)
                .column("keys", "Keys of the cohort", Unit.COUNT)
                .column("active", "Of which active", Unit.COUNT)
                .column("share", "Share", Unit.SHARE);
        Map<String, Long> seenBefore = firstUses(reader);
        uses.entrySet().stream()
                .sorted(java.util.Comparator.comparing((Map.Entry<String, Map<String, TreeSet<Long>>> entry) ->
                                -entry.getValue().size())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(query.top())
                .forEach(entry -> cohorts(entry.getKey(), entry.getValue(), seenBefore, query, table));
        return new Drawn(
                "retention",
                "Keys that stay with a model",
                List.of(table.table()),
                Notes.of(
                        Note.of(
                                "retention",
                                "A cohort is the keys whose first request ever to a model was in a period; those who began before this time are left out, and so are requests without a key."),
                        query,
                        facts));
    }

    private static void cohorts(
            String model,
            Map<String, TreeSet<Long>> keys,
            Map<String, Long> first,
            ShareQuery query,
            Table.Draft table) {
        Bucket bucket = query.bucket();
        Map<Long, Set<String>> cohorts = new TreeMap<>();
        keys.forEach((key, periods) -> {
            long begun = bucket.start(first.getOrDefault(model + "\n" + key, periods.first()));
            if (begun >= bucket.start(query.from())) {
                cohorts.computeIfAbsent(begun, period -> new TreeSet<>()).add(key);
            }
        });
        cohorts.forEach((cohort, members) -> {
            long age = 0;
            for (long period = cohort; period < query.to(); period = bucket.next(period)) {
                if (table.size() == MOST_ROWS) {
                    throw new GatewayException("cohorts of more than " + MOST_ROWS
                            + " rows: ask for less time, for longer periods, or for fewer models (top)");
                }
                long at = period;
                long active = members.stream()
                        .filter(key -> requireNonNull(keys.get(key)).contains(at))
                        .count();
                table.row(
                        model,
                        bucket.shown(cohort),
                        age++,
                        (long) members.size(),
                        active,
                        Exact.share(active, members.size()));
            }
        });
    }

    /** An hour of the period of each key's first request to each model, before the query's time too. */
    private static Map<String, Long> firstUses(FactReader reader) {
        Map<String, Long> first = new HashMap<>();
        List<Object> parameters = new ArrayList<>();
        String ofKeys = reader.ofKeys(parameters);
        String rows = SumTables.rows(SumTables.BEGINNING, reader.query().to(), reader.summedBefore(), true);
        reader.sql()
                .rows(
                        "SELECT endpoint, key, MIN(hour) FROM " + rows + " WHERE requests > 0" + ofKeys
                                + " GROUP BY endpoint, key",
                        parameters,
                        row -> Map.entry(reader.world().modelOf(row.text(1)) + "\n" + row.text(2), row.number(3)))
                .forEach(entry -> first.merge(entry.getKey(), entry.getValue(), Math::min));
        return first;
    }
}
