package dev.jerboa.spark;

import dev.jerboa.gateway.ledger.Figure;
import dev.jerboa.gateway.ledger.export.Span;
import dev.jerboa.gateway.share.fact.Bucket;
import dev.jerboa.gateway.share.fact.LedgerSql;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Note;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import java.util.List;
import java.util.StringJoiner;

/**
 * The ledger's sums held against those that its events make.
 *
 * @param events how many there are
 * @param costNanos what they cost
 * @param groups how many sums they make: one for each hour, endpoint, key, app and payer's country
 * @param stored how many sums the ledger has
 * @param differing how many sums are not the same, or are on one side only; 0 of a ledger that is right
 * @param listed those sums, figure by figure; the first of them where there are many
 */
record RollupCheck(long events, long costNanos, long groups, long stored, long differing, Drawn listed) {
    /** The most sums whose figures are listed. */
    static final int MOST_LISTED = 10_000;

    private static final List<String> KEYS = List.of("hour", "endpoint", "key", "app", "payer_country");

    /** Of views named {@code stored} and {@code recounted}, with the columns of {@code rollup}. */
    static RollupCheck of(LedgerSql sql, Span span) {
        List<Object> hours = List.of(span.from(), span.to());
        long[] totals = sql.rows("SELECT COUNT(*), SUM(requests), SUM(cost_nanos) FROM recounted", List.of(), row ->
                        new long[] {row.number(1), row.number(2), row.number(3)})
                .getFirst();
        long stored = one(sql, "SELECT COUNT(*) FROM stored WHERE hour >= ? AND hour < ?", hours);
        long differing = one(sql, "SELECT COUNT(*) FROM " + joined(), hours);
        return new RollupCheck(totals[1], totals[2], totals[0], stored, differing, list(sql, hours, differing));
    }

    private static long one(LedgerSql sql, String query, List<Object> parameters) {
        return sql.rows(query, parameters, row -> row.number(1)).getFirst();
    }

    private static String joined() {
        StringJoiner same = new StringJoiner(" AND ");
        KEYS.forEach(key -> same.add("s." + key + " = r." + key));
        StringJoiner other = new StringJoiner(" OR ", "s.hour IS NULL OR r.hour IS NULL OR ", "");
        Figure.columns().forEach(column -> other.add("s." + column + " <> r." + column));
        return "(SELECT * FROM stored WHERE hour >= ? AND hour < ?) s FULL OUTER JOIN recounted r ON " + same
                + " WHERE " + other;
    }

    private static Drawn list(LedgerSql sql, List<Object> hours, long differing) {
        StringJoiner columns = new StringJoiner(", ");
        KEYS.forEach(key -> columns.add("COALESCE(s." + key + ", r." + key + ") AS " + key));
        Figure.columns().forEach(column -> columns.add("COALESCE(s." + column + ", 0)"));
        Figure.columns().forEach(column -> columns.add("COALESCE(r." + column + ", 0)"));
        Table.Draft table = Table.of("sums", "Sums that are not those of the events")
                .column("hour", "Hour", Unit.TIME)
                .column("endpoint", "Endpoint", Unit.TEXT)
                .column("key", "Key", Unit.TEXT)
                .column("app", "App", Unit.TEXT)
                .column("payer_country", "Payer's country", Unit.TEXT)
                .column("figure", "Figure", Unit.TEXT)
                .column("ledger", "In the ledger", Unit.COUNT)
                .column("recounted", "Of its events", Unit.COUNT);
        int figures = Figure.all().size();
        int first = KEYS.size() + 1;
        if (differing > 0) {
            sql.rows(
                    "SELECT " + columns + " FROM " + joined() + " ORDER BY 1, 2, 3, 4, 5 LIMIT " + MOST_LISTED,
                    hours,
                    row -> {
                        for (int i = 0; i < figures; i++) {
                            long ledger = row.number(first + i);
                            long recounted = row.number(first + figures + i);
                            if (ledger != recounted) {
                                table.row(
                                        Bucket.HOUR.shown(row.number(1)),
                                        row.text(2),
                                        row.text(3),
                                        row.text(4),
                                        row.text(5),
                                        Figure.all().get(i).column(),
                                        ledger,
                                        recounted);
                            }
                        }
                        return row.number(1);
                    });
        }
        return new Drawn(
                "differences",
                "Sums that are not those of the events",
                List.of(table.table()),
                List.of(
                        Note.of(
                                "differences",
                                differing
                                        + " sums differ; figures of at most " + MOST_LISTED
                                        + " of them are listed. Sums without events are imported, or their events were deleted.")));
    }
}
