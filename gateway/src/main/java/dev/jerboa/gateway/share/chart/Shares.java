package dev.jerboa.gateway.share.chart;

import dev.jerboa.gateway.share.fact.Bucket;
import dev.jerboa.gateway.share.fact.Fact;
import dev.jerboa.gateway.share.fact.FactReader;
import dev.jerboa.gateway.share.fact.GroupBy;
import dev.jerboa.gateway.share.fact.Measure;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.gateway.share.table.Note;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** Shares of groups over time, and what each group's share comes to: in all, on average, at its peak, at first and at last. */
public final class Shares {
    private Shares() {}

    /** Draws the shares by a dimension. */
    public static Drawn draw(String id, String title, GroupBy dimension, Note definition, FactReader reader) {
        ShareQuery query = reader.query();
        List<Fact> facts = reader.facts(dimension.splits());
        Amounts amounts = amounts(facts, dimension, query);
        return new Drawn(
                id,
                title,
                List.of(overTime(amounts, query, title), summary(amounts, query)),
                Notes.of(definition, query, facts));
    }

    static Amounts amounts(List<Fact> facts, GroupBy dimension, ShareQuery query) {
        return Amounts.of(facts, fact -> dimension.of(fact, query), query.measure()::of)
                .top(query.top());
    }

    /** A row for each period and group: its amount, and its share of the period's. */
    static Table overTime(Amounts amounts, ShareQuery query, String title) {
        Measure measure = query.measure();
        Table.Draft table = Table.of("shares", title)
                .column("period", "Beginning", Unit.TIME)
                .column("group", "Group", Unit.TEXT)
                .column("amount", "Amount", measure.unit())
                .column("share", "Share", Unit.SHARE);
        List<String> groups = amounts.shown();
        for (long period : amounts.periods()) {
            long whole = amounts.ofPeriod(period);
            String shown = query.bucket().shown(period);
            for (String group : groups) {
                long amount = amounts.of(period, group);
                table.row(shown, group, measure.shown(amount), Exact.share(amount, whole));
            }
        }
        return table.table();
    }

    /** A row for each group. Periods in which nothing was used have no shares, and do not count for the mean. */
    static Table summary(Amounts amounts, ShareQuery query) {
        Table.Draft table = Table.of("summary", "Each group")
                .column("group", "Group", Unit.TEXT)
                .column("amount", "Amount", query.measure().unit())
                .column("share", "Share of all", Unit.SHARE)
                .column("mean_share", "Mean of the periods' shares", Unit.SHARE)
                .column("peak_share", "Highest share", Unit.SHARE)
                .column("peak_period", "Period of the highest share", Unit.TIME)
                .column("first_share", "First share", Unit.SHARE)
                .column("last_share", "Last share", Unit.SHARE);
        Bucket bucket = query.bucket();
        for (String group : amounts.shown()) {
            List<BigDecimal> shares = new ArrayList<>();
            BigDecimal peak = BigDecimal.valueOf(-1);
            long peakPeriod = 0;
            for (long period : amounts.periods()) {
                BigDecimal share = Exact.quotient(amounts.of(period, group), amounts.ofPeriod(period));
                if (share == null) {
                    continue;
                }
                shares.add(share);
                if (share.compareTo(peak) > 0) {
                    peak = share;
                    peakPeriod = period;
                }
            }
            boolean any = !shares.isEmpty();
            table.row(
                    group,
                    query.measure().shown(amounts.total(group)),
                    Exact.share(amounts.total(group), amounts.total()),
                    Exact.mean(shares),
                    any ? Exact.round(peak) : null,
                    any ? bucket.shown(peakPeriod) : null,
                    any ? Exact.round(shares.getFirst()) : null,
                    any ? Exact.round(shares.getLast()) : null);
        }
        return table.table();
    }
}
