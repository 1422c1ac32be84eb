package dev.jerboa.gateway.share.chart;

import dev.jerboa.gateway.share.fact.Bucket;
import dev.jerboa.gateway.share.fact.Fact;
import dev.jerboa.gateway.share.fact.FactReader;
import dev.jerboa.gateway.share.fact.GroupBy;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.gateway.share.table.Note;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Models' shares over time, their ranks in each period, and which of them are on the way up. */
public final class Movers {
    private static final int BEFORE = 3;

    private Movers() {}

    public static Drawn draw(FactReader reader) {
        ShareQuery query = reader.query();
        List<Fact> facts = reader.facts();
        Amounts all = Amounts.of(facts, fact -> GroupBy.MODEL.of(fact, query), query.measure()::of);
        Amounts amounts = all.top(query.top());
        return new Drawn(
                "models",
                "Models",
                List.of(
                        Shares.overTime(amounts, query, "Models"),
                        Shares.summary(amounts, query),
                        ranks(all, amounts.shown(), query),
                        trending(reader)),
                Notes.of(
                        Note.of(
                                "trending",
                                "Trending is the last whole period's amount less the mean of the three periods before it."),
                        query,
                        facts));
    }

    /** Places among all models, of those that are shown. */
    private static Table ranks(Amounts amounts, List<String> shown, ShareQuery query) {
        Table.Draft table = Table.of("ranks", "Ranks")
                .column("period", "Beginning", Unit.TIME)
                .column("group", "Model", Unit.TEXT)
                .column("rank", "Rank", Unit.COUNT)
                .column("change", "Places gained since the period before", Unit.COUNT);
        Map<String, Long> before = new HashMap<>();
        for (long period : amounts.periods()) {
            Map<String, Long> now = new HashMap<>();
            long rank = 1;
            for (String model : amounts.ranked(period)) {
                Long was = before.get(model);
                if (shown.contains(model)) {
                    table.row(query.bucket().shown(period), model, rank, was == null ? null : was - rank);
                }
                now.put(model, rank++);
            }
            before = now;
        }
        return table.table();
    }

    private static Table trending(FactReader reader) {
        ShareQuery query = reader.query();
        Bucket bucket = query.bucket();
        long end = bucket.start(query.to());
        long window = bucket.previous(end);
        long begin = window;
        for (int i = 0; i < BEFORE; i++) {
            begin = bucket.previous(begin);
        }
        Table.Draft table = Table.of("trending", "Trending")
                .column("model", "Model", Unit.TEXT)
                .column("period", "Period", Unit.TIME)
                .column("amount", "Amount", query.measure().unit())
                .column(
                        "mean_before",
                        "Mean of the three periods before",
                        query.measure().unit())
                .column("gain", "More than that", query.measure().unit());
        if (begin < 0) {
            return table.table();
        }
        Amounts amounts = Amounts.of(
                reader.with(query.withTime(begin, end)).facts(),
                fact -> GroupBy.MODEL.of(fact, query),
                query.measure()::of);
        List<String> models = amounts.groups().stream()
                .sorted(Comparator.comparing((String model) -> gain(amounts, model, window), Comparator.reverseOrder())
                        .thenComparing(Comparator.naturalOrder()))
                .limit(query.top())
                .toList();
        for (String model : models) {
            long amount = amounts.of(window, model);
            long gain = gain(amounts, model, window);
            table.row(
                    model,
                    bucket.shown(window),
                    query.measure().shown(amount),
                    third(Math.subtractExact(Math.multiplyExact(3, amount), gain), query),
                    third(gain, query));
        }
        return table.table();
    }

    /** Three times the gain, so that it is whole. */
    private static long gain(Amounts amounts, String model, long window) {
        long before = amounts.total(model) - amounts.of(window, model);
        return Math.subtractExact(Math.multiplyExact(3, amounts.of(window, model)), before);
    }

    private static Object third(long triple, ShareQuery query) {
        BigDecimal third = BigDecimal.valueOf(triple).divide(BigDecimal.valueOf(BEFORE), Exact.PRECISE);
        return Exact.round(query.measure().unit() == Unit.DOLLARS ? third.movePointLeft(9) : third);
    }
}
