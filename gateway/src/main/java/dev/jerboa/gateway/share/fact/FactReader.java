package dev.jerboa.gateway.share.fact;

import dev.jerboa.gateway.key.Budget;
import dev.jerboa.gateway.ledger.Figure;
import dev.jerboa.gateway.ledger.SumTables;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;

/**
 * Reads sums: one query for each stretch of time in which no dimension entry changed, so that "as then" is exact to
 * the hour. Immutable.
 */
public final class FactReader {
    private static final int MOST_STRETCHES = 500;

    private final LedgerSql sql;
    private final World world;
    private final ShareQuery query;
    private final List<Budget> declared;

    /** @param declared budgets of the gateway's file */
    public FactReader(LedgerSql sql, World world, ShareQuery query, List<Budget> declared) {
        this.sql = sql;
        this.world = world;
        this.query = query;
        this.declared = declared;
    }

    public LedgerSql sql() {
        return sql;
    }

    public World world() {
        return world;
    }

    public ShareQuery query() {
        return query;
    }

    /** Budgets that are not in the ledger but in the gateway's file. */
    public List<Budget> declaredBudgets() {
        return declared;
    }

    /** The same of another time or another kind of period. */
    public FactReader with(ShareQuery other) {
        return new FactReader(sql, world, other, declared);
    }

    /** The facts of the query's time, of open models only where it says so, in the order of periods. */
    public List<Fact> facts(Split... splits) {
        return facts(query.openOnly(), splits);
    }

    /** All facts of the query's time, or those of open models. */
    public List<Fact> facts(boolean openOnly, Split... splits) {
        EnumSet<Split> by = EnumSet.noneOf(Split.class);
        by.addAll(List.of(splits));
        List<Fact> facts = new ArrayList<>();
        List<Long> cuts = new ArrayList<>();
        cuts.add(query.from());
        if (!query.asNow()) {
            List<Long> changes = world.changes(query.from(), query.to());
            if (changes.size() > MOST_STRETCHES) {
                throw new dev.jerboa.gateway.GatewayException("the catalogue changed " + changes.size()
                        + " times within this time, at most " + MOST_STRETCHES
                        + " are drawn: ask for less time, or for how models are counted now");
            }
            cuts.addAll(changes);
        }
        cuts.add(query.to());
        long summedBefore = summedBefore();
        for (int i = 0; i + 1 < cuts.size(); i++) {
            facts.addAll(stretch(cuts.get(i), cuts.get(i + 1), summedBefore, openOnly, by));
        }
        return facts;
    }

    private List<Fact> stretch(long from, long to, long summedBefore, boolean openOnly, Set<Split> by) {
        StringJoiner grouped = new StringJoiner(", ");
        grouped.add(query.bucket().sql("hour")).add("endpoint");
        by.forEach(split -> grouped.add(split.column()));
        List<Object> parameters = new ArrayList<>();
        boolean byPayer = !by.isEmpty() || query.keys().isPresent();
        String text =
                "SELECT " + grouped + ", " + Figure.sums() + " FROM " + SumTables.rows(from, to, summedBefore, byPayer)
                        + " WHERE 1 = 1" + ofKeys(parameters) + " GROUP BY " + grouped + " ORDER BY 1, 2";
        long seenAt = query.asNow() ? World.NOW : from;
        int keyAt = by.contains(Split.KEY) ? 3 : 0;
        int appAt = by.contains(Split.APP) ? 3 + (keyAt > 0 ? 1 : 0) : 0;
        int payerAt = by.contains(Split.PAYER) ? 2 + by.size() : 0;
        int first = 3 + by.size();
        List<Fact> facts = sql.rows(
                text,
                parameters,
                row -> new Fact(
                        query.bucket().start(row.number(1)),
                        world.subject(row.text(2), seenAt),
                        keyAt == 0 ? "" : row.text(keyAt),
                        appAt == 0 ? "" : row.text(appAt),
                        payerAt == 0 ? "" : row.text(payerAt),
                        new Tally(figure -> row.number(first + figure.ordinal()))));
        return openOnly ? facts.stream().filter(fact -> fact.subject().isOpen()).toList() : facts;
    }

    /** The hour before which days may be read in place of their hours ({@link SumTables}), as far as the periods have no hours apart. */
    public long summedBefore() {
        return query.bucket() == Bucket.HOUR ? SumTables.NO_DAYS : sql.summedBefore();
    }

    /** A further condition on rollups: that they are of the query's keys; adds them to the parameters. */
    public String ofKeys(List<Object> parameters) {
        if (query.keys().isEmpty()) {
            return "";
        }
        StringJoiner marks = new StringJoiner(", ", " AND key IN (", ")");
        marks.setEmptyValue(" AND 1 = 0");
        query.keys().get().stream().sorted().forEach(key -> {
            marks.add("?");
            parameters.add(key);
        });
        return marks.toString();
    }
}
