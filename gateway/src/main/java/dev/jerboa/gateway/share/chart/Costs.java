package dev.jerboa.gateway.share.chart;

import dev.jerboa.gateway.ledger.Figure;
import dev.jerboa.gateway.share.fact.Fact;
import dev.jerboa.gateway.share.fact.FactReader;
import dev.jerboa.gateway.share.fact.GroupBy;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.fact.Tally;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.gateway.share.table.Note;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What tokens cost, what was saved, and what they cost on this machine. */
public final class Costs {
    private Costs() {}

    /** What was paid for a million tokens, with and without caches, and what caches, off-peak hours and local models saved. */
    public static Drawn paid(FactReader reader) {
        ShareQuery query = reader.query();
        List<Fact> facts = reader.facts();
        return new Drawn(
                "cost",
                "What tokens cost",
                List.of(overTime(facts, query), endpoints(facts, query), local(facts)),
                Notes.of(
                        Note.of(
                                "cost",
                                "Paid is all cost over all tokens. Without caches is what the same tokens would have cost at the price of uncached ones; off-peak savings are against the week's dearest window."),
                        query,
                        facts));
    }

    private static Table overTime(List<Fact> facts, ShareQuery query) {
        Table.Draft table = money(Table.of("cost", "What tokens cost").column("period", "Beginning", Unit.TIME));
        Habits.byPeriod(facts)
                .forEach((period, sums) -> money(table, query.bucket().shown(period), sums));
        return table.table();
    }

    private static Table endpoints(List<Fact> facts, ShareQuery query) {
        Table.Draft table = money(Table.of("endpoints", "By endpoint").column("endpoint", "Endpoint", Unit.TEXT));
        Habits.largest(facts, fact -> GroupBy.ENDPOINT.of(fact, query), query.top())
                .forEach((endpoint, sums) -> money(table, endpoint, sums));
        return table.table();
    }

    private static Table.Draft money(Table.Draft table) {
        return table.column("cost", "Cost", Unit.DOLLARS)
                .column("tokens", "Tokens", Unit.TOKENS)
                .column("paid", "Paid for a million tokens", Unit.DOLLARS_PER_MILLION_TOKENS)
                .column("uncached", "Without caches", Unit.DOLLARS_PER_MILLION_TOKENS)
                .column("cache_share", "Prompt tokens from a cache", Unit.SHARE)
                .column("cache_savings", "Saved by caches", Unit.DOLLARS)
                .column("off_peak_savings", "Saved by off-peak hours", Unit.DOLLARS);
    }

    private static void money(Table.Draft table, String what, Tally sums) {
        long cost = sums.of(Figure.COST_NANOS);
        table.row(
                what,
                Exact.dollars(cost),
                sums.tokens(),
                Exact.dollarsPerMillion(cost, sums.tokens()),
                Exact.dollarsPerMillion(sums.of(Figure.UNCACHED_NANOS), sums.tokens()),
                Exact.share(sums.of(Figure.CACHE_READ), sums.prompt()),
                Exact.dollars(Math.subtractExact(sums.of(Figure.UNCACHED_NANOS), cost)),
                Exact.dollars(Math.subtractExact(sums.of(Figure.DEAREST_NANOS), cost)));
    }

    /** Local models that are paid for elsewhere too: what their local tokens would have cost there, on average. */
    private static Table local(List<Fact> facts) {
        Table.Draft table = Table.of("local_savings", "Saved by local models")
                .column("model", "Model", Unit.TEXT)
                .column("tokens", "Local tokens", Unit.TOKENS)
                .column("cost", "Local cost", Unit.DOLLARS)
                .column("elsewhere", "Paid elsewhere for a million tokens", Unit.DOLLARS_PER_MILLION_TOKENS)
                .column("savings", "Saved", Unit.DOLLARS);
        Map<String, Tally> here = new TreeMap<>();
        Map<String, Tally> elsewhere = new TreeMap<>();
        for (Fact fact : facts) {
            (fact.subject().local() ? here : elsewhere)
                    .computeIfAbsent(fact.subject().model(), key -> new Tally())
                    .add(fact.sums());
        }
        here.forEach((model, sums) -> {
            Tally remote = elsewhere.getOrDefault(model, new Tally());
            BigDecimal price = Exact.quotient(remote.of(Figure.COST_NANOS), remote.tokens());
            BigDecimal saved = null;
            if (price != null) {
                BigDecimal nanos = price.multiply(BigDecimal.valueOf(sums.tokens()), Exact.PRECISE)
                        .setScale(0, RoundingMode.HALF_EVEN);
                saved = Exact.dollars(Math.subtractExact(nanos.longValueExact(), sums.of(Figure.COST_NANOS)));
            }
            table.row(
                    model,
                    sums.tokens(),
                    Exact.dollars(sums.of(Figure.COST_NANOS)),
                    Exact.dollarsPerMillion(remote.of(Figure.COST_NANOS), remote.tokens()),
                    saved);
        });
        return table.table();
    }

    /** What a million tokens cost on this machine, at the price of its hours and its energy that the configuration says. */
    public static Drawn onThisMachine(FactReader reader) {
        ShareQuery query = reader.query();
        List<Fact> facts =
                reader.facts().stream().filter(fact -> fact.subject().local()).toList();
        Table.Draft table = machine(Table.of("local_cost", "Local models").column("endpoint", "Endpoint", Unit.TEXT));
        Habits.largest(facts, fact -> GroupBy.ENDPOINT.of(fact, query), query.top())
                .forEach((endpoint, sums) -> machine(table, endpoint, sums));
        Table.Draft time = machine(Table.of("over_time", "Over time").column("period", "Beginning", Unit.TIME));
        Habits.byPeriod(facts)
                .forEach((period, sums) -> machine(time, query.bucket().shown(period), sums));
        return new Drawn(
                "local-cost",
                "A million tokens on this machine",
                List.of(table.table(), time.table()),
                Notes.of(
                        Note.of(
                                "local-cost",
                                "Cost is the time that requests took, at the machine's price an hour and its energy as configured (0 unless set), over the tokens of those requests."),
                        query,
                        facts));
    }

    private static Table.Draft machine(Table.Draft table) {
        return table.column("requests", "Requests", Unit.REQUESTS)
                .column("tokens", "Tokens", Unit.TOKENS)
                .column("cost", "Cost", Unit.DOLLARS)
                .column("per_million", "A million tokens", Unit.DOLLARS_PER_MILLION_TOKENS)
                .column("reply_speed", "Reply tokens a second of a request", Unit.TOKENS_PER_SECOND);
    }

    private static void machine(Table.Draft table, String what, Tally sums) {
        BigDecimal speed = Exact.quotient(sums.completion(), sums.of(Figure.DURATION_MICROS));
        table.row(
                what,
                sums.of(Figure.REQUESTS),
                sums.tokens(),
                Exact.dollars(sums.of(Figure.COST_NANOS)),
                Exact.dollarsPerMillion(sums.of(Figure.COST_NANOS), sums.tokens()),
                speed == null ? null : Exact.round(speed.movePointRight(6)));
    }
}
