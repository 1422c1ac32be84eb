package dev.jerboa.gateway.share.chart;

import dev.jerboa.gateway.key.Budget;
import dev.jerboa.gateway.key.Period;
import dev.jerboa.gateway.share.fact.Bucket;
import dev.jerboa.gateway.share.fact.FactReader;
import dev.jerboa.gateway.share.fact.LedgerSql;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.gateway.share.table.Note;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How much of each budget is spent, in each of its periods within the time. */
public final class BurnDown {
    private static final long HOUR_MICROS = 3_600_000_000L;

    private BurnDown() {}

    public static Drawn draw(FactReader reader) {
        Table.Draft table = Table.of("budgets", "Budgets")
                .column("period", "Beginning", Unit.TIME)
                .column("budget", "Budget", Unit.TEXT)
                .column("owner_kind", "Of a", Unit.TEXT)
                .column("owner", "Whose", Unit.TEXT)
                .column("each", "For each", Unit.TEXT)
                .column("limit", "Limit", Unit.DOLLARS)
                .column("spent", "Spent", Unit.DOLLARS)
                .column("left", "Left", Unit.DOLLARS)
                .column("spent_share", "Spent of the limit", Unit.SHARE);
        Map<String, Budget> declared = new HashMap<>();
        reader.declaredBudgets().forEach(budget -> declared.put(budget.id(), budget));
        reader.sql()
                .rows(
                        "SELECT p.period_start, p.budget, p.spent_nanos, b.owner_kind, b.owner, b.period, b.limit_nanos"
                                + " FROM budget_period p LEFT JOIN budget b ON b.id = p.budget"
                                + " WHERE p.period_start = 0 OR (p.period_start >= ? AND p.period_start < ?)"
                                + " ORDER BY p.period_start, p.budget",
                        List.of(
                                Math.multiplyExact(reader.query().from(), HOUR_MICROS),
                                Math.multiplyExact(reader.query().to(), HOUR_MICROS)),
                        row -> new Spent(row.number(1), row.number(3), budget(row, declared)))
                .forEach(spent -> spent.budget().ifPresent(budget -> row(table, spent, budget)));
        return new Drawn(
                "budgets",
                "Budgets",
                List.of(table.table()),
                List.of(
                        Note.of(
                                "budgets",
                                "Spent is what events cost that are in the ledger; what is held back for running requests is not in it.")));
    }

    /** What was spent in a period of a budget; without it where neither file nor ledger has it any more. */
    private record Spent(long start, long nanos, Optional<Budget> budget) {}

    private static Optional<Budget> budget(LedgerSql.Row row, Map<String, Budget> declared) {
        String id = row.text(2);
        Budget known = declared.get(id);
        if (known != null || row.isNull(4)) {
            return Optional.ofNullable(known);
        }
        Budget.Owner kind = row.text(4).equals(Budget.Owner.KEY.text()) ? Budget.Owner.KEY : Budget.Owner.ACCOUNT;
        return Optional.of(new Budget(id, kind, row.text(5), row.number(7), Period.of(row.text(6))));
    }

    private static void row(Table.Draft table, Spent spent, Budget budget) {
        long limit = budget.limitNanos();
        table.row(
                Bucket.HOUR.shown(Math.floorDiv(spent.start(), HOUR_MICROS)),
                budget.id(),
                budget.kind().text(),
                budget.owner(),
                budget.period().text(),
                Exact.dollars(limit),
                Exact.dollars(spent.nanos()),
                Exact.dollars(Math.max(0, Math.subtractExact(limit, spent.nanos()))),
                Exact.share(spent.nanos(), limit));
    }
}
