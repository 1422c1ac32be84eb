package dev.jerboa.gateway.share.chart;

import dev.jerboa.gateway.ledger.Figure;
import dev.jerboa.gateway.ledger.RefusalReason;
import dev.jerboa.gateway.share.fact.Bucket;
import dev.jerboa.gateway.share.fact.FactReader;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.fact.Tally;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.gateway.share.table.Note;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeSet;

/** Who was refused and why: requests that the gateway put to nobody, which no event is of. */
public final class Refusals {
    private final FactReader reader;
    private final ShareQuery query;

    private Refusals(FactReader reader) {
        this.reader = reader;
        this.query = reader.query();
    }

    public static Drawn draw(FactReader reader) {
        return new Refusals(reader).draw();
    }

    private Drawn draw() {
        return new Drawn(
                "refusals",
                "Refused requests",
                List.of(overTime(byHour()), byKey()),
                List.of(
                        Note.of(
                                "refusals",
                                "Refused is what the gateway put to no endpoint: requests without a key that is good, beyond a limit or a budget, for a model that is not there or not allowed, or while it was full. What endpoints refused is in how attempts ended."),
                        Note.of(
                                "refusals-share",
                                "Shares are of all requests, refused ones included. Without a key are those whose text is of no key that is known. Counts are written once a minute.")));
    }

    private record Count(long hour, String reason, long count) {}

    private List<Count> byHour() {
        List<Object> parameters = new ArrayList<>(List.of(query.from(), query.to()));
        return reader.sql()
                .rows(
                        "SELECT hour, reason, SUM(count) FROM refusal WHERE hour >= ? AND hour < ?"
                                + reader.ofKeys(parameters) + " GROUP BY hour, reason ORDER BY hour, reason",
                        parameters,
                        row -> new Count(row.number(1), row.text(2), row.number(3)));
    }

    private Table overTime(List<Count> counts) {
        Amounts refused = new Amounts();
        counts.forEach(one -> refused.add(query.bucket().start(one.hour()), one.reason(), one.count()));
        SortedMap<Long, Tally> served = Habits.byPeriod(reader.facts(false));
        Table.Draft table = Table.of("refused", "Refused requests")
                .column("period", "Beginning", Unit.TIME)
                .column("group", "Reason", Unit.TEXT)
                .column("amount", "Refused", Unit.REQUESTS)
                .column("share", "Share of all requests", Unit.SHARE);
        TreeSet<Long> periods = new TreeSet<>(refused.periods());
        if (!periods.isEmpty()) { // without refusals there is nothing to draw, but among others a period without is one
            periods.addAll(served.keySet());
        }
        for (long period : periods) {
            Tally tally = served.get(period);
            long all = Math.addExact(refused.ofPeriod(period), tally == null ? 0 : tally.of(Figure.REQUESTS));
            for (String reason : refused.groups()) {
                long amount = refused.of(period, reason);
                table.row(query.bucket().shown(period), reason, amount, Exact.share(amount, all));
            }
        }
        return table.table();
    }

    private record Group(String key, String reason, long count, long last) {}

    /** The most refused first. */
    private Table byKey() {
        List<Object> parameters = new ArrayList<>(List.of(query.from(), query.to()));
        Table.Draft table = Table.of("refused_keys", "Who was refused")
                .column("key", "Key", Unit.TEXT)
                .column("reason", "Reason", Unit.TEXT)
                .column("status", "Status", Unit.TEXT)
                .column("amount", "Refused", Unit.REQUESTS)
                .column("last", "Last in the hour from", Unit.TIME);
        reader.sql()
                .rows(
                        "SELECT key, reason, SUM(count), MAX(hour) FROM refusal WHERE hour >= ? AND hour < ?"
                                + reader.ofKeys(parameters)
                                + " GROUP BY key, reason ORDER BY 3 DESC, key, reason",
                        parameters,
                        row -> new Group(row.text(1), row.text(2), row.number(3), row.number(4)))
                .forEach(group -> table.row(
                        group.key(),
                        group.reason(),
                        RefusalReason.of(group.reason())
                                .map(reason -> String.valueOf(reason.status()))
                                .orElse(""),
                        group.count(),
                        Bucket.HOUR.shown(group.last())));
        return table.table();
    }
}
