package dev.jerboa.gateway.share.chart;

import dev.jerboa.gateway.share.fact.Bucket;
import dev.jerboa.gateway.share.fact.FactReader;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.gateway.share.table.Note;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import java.util.List;

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
        reader.sql()
                .rows(
                        "SELECT p.period_start, b.id, b.owner_kind, b.owner, b.period, b.limit_nanos, p.spent_nanos"
                                + " FROM budget b JOIN budget_period p ON p.budget = b.id"
                                + " WHERE b.period = 'total' OR (p.period_start >= ? AND p.period_start < ?)"
                                + " ORDER BY p.period_start, b.id",
                        List.of(
                                Math.multiplyExact(reader.query().from(), HOUR_MICROS),
                                Math.multiplyExact(reader.query().to(), HOUR_MICROS)),
                        row -> {
                            long limit = row.number(6);
                            long spent = row.number(7);
                            return table.row(
                                    Bucket.HOUR.shown(Math.floorDiv(row.number(1), HOUR_MICROS)),
                                    row.text(2),
                                    row.text(3),
                                    row.text(4),
                                    row.text(5),
                                    Exact.dollars(limit),
                                    Exact.dollars(spent),
                                    Exact.dollars(Math.max(0, Math.subtractExact(limit, spent))),
                                    Exact.share(spent, limit));
                        });
        return new Drawn(
                "budgets",
                "Budgets",
                List.of(table.table()),
                List.of(
                        Note.of(
                                "budgets",
                                "Spent is what events cost that are in the ledger; what is held back for running requests is not in it.")));
    }
}
