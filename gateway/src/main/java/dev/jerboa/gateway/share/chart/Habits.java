package dev.jerboa.gateway.share.chart;

import dev.jerboa.gateway.ledger.Figure;
import dev.jerboa.gateway.share.fact.Fact;
import dev.jerboa.gateway.share.fact.FactReader;
import dev.jerboa.gateway.share.fact.GroupBy;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.fact.Split;
import dev.jerboa.gateway.share.fact.Tally;
import dev.jerboa.gateway.share.table.Drawn;
import dev.jerboa.gateway.share.table.Exact;
import dev.jerboa.gateway.share.table.Note;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** What requests are like: how much they reason, how long they are, how often they call tools. */
public final class Habits {
    private Habits() {}

    /** The share of models that reason, and of tokens of reasoning among those of replies. */
    public static Drawn reasoning(FactReader reader) {
        ShareQuery query = reader.query();
        List<Fact> facts = reader.facts();
        SortedMap<Long, Tally> all = byPeriod(facts);
        SortedMap<Long, Tally> thinking = byPeriod(
                facts.stream().filter(fact -> fact.subject().reasoning()).toList());
        Table.Draft table = Table.of("reasoning", "Reasoning")
                .column("period", "Beginning", Unit.TIME)
                .column("model_share", "Share of models that reason", Unit.SHARE)
                .column("reasoning_tokens", "Tokens of reasoning", Unit.TOKENS)
                .column("reply_tokens", "Tokens of replies", Unit.TOKENS)
                .column("reasoning_share", "Share of reasoning in replies", Unit.SHARE)
                .column("request_share", "Share of requests with reasoning", Unit.SHARE);
        all.forEach((period, sums) -> table.row(
                query.bucket().shown(period),
                Exact.share(
                        query.measure().of(thinking.getOrDefault(period, new Tally())),
                        query.measure().of(sums)),
                sums.of(Figure.REASONING),
                sums.completion(),
                Exact.share(sums.of(Figure.REASONING), sums.completion()),
                Exact.share(sums.of(Figure.REASONING_REQUESTS), sums.of(Figure.REQUESTS))));
        return new Drawn(
                "reasoning",
                "Reasoning",
                List.of(table.table()),
                Notes.of(
                        Note.of(
                                "reasoning",
                                "Models that reason are those of which the catalogue says so; tokens of reasoning are those that endpoints tell apart from the answer's."),
                        query,
                        facts));
    }

    /** How long prompts and replies are, on average: over time, and by app. */
    public static Drawn lengths(FactReader reader) {
        ShareQuery query = reader.query();
        List<Fact> facts = reader.facts(Split.APP);
        Table.Draft table =
                lengths(Table.of("lengths", "Mean length of a request").column("period", "Beginning", Unit.TIME));
        byPeriod(facts).forEach((period, sums) -> lengths(table, query.bucket().shown(period), sums));
        Table.Draft apps = lengths(Table.of("apps", "By app").column("app", "App", Unit.TEXT));
        largest(facts, fact -> GroupBy.APP.of(fact, query), query.top())
                .forEach((app, sums) -> lengths(apps, app, sums));
        return new Drawn(
                "lengths",
                "Length of requests",
                List.of(table.table(), apps.table()),
                Notes.of(
                        Note.of(
                                "lengths",
                                "Means are over requests, failed ones too; prompts count what came from a cache."),
                        query,
                        facts));
    }

    private static Table.Draft lengths(Table.Draft table) {
        return table.column("requests", "Requests", Unit.REQUESTS)
                .column("prompt", "Tokens of prompt a request", Unit.RATIO)
                .column("reply", "Tokens of reply a request", Unit.RATIO);
    }

    private static void lengths(Table.Draft table, String what, Tally sums) {
        long requests = sums.of(Figure.REQUESTS);
        table.row(what, requests, Exact.share(sums.prompt(), requests), Exact.share(sums.completion(), requests));
    }

    /** How many requests end in calls of tools: over time, and by model. */
    public static Drawn tools(FactReader reader) {
        ShareQuery query = reader.query();
        List<Fact> facts = reader.facts();
        Table.Draft table =
                tools(Table.of("tools", "Requests that call tools").column("period", "Beginning", Unit.TIME));
        byPeriod(facts).forEach((period, sums) -> tools(table, query.bucket().shown(period), sums));
        Table.Draft models = tools(Table.of("models", "By model").column("model", "Model", Unit.TEXT));
        largest(facts, fact -> GroupBy.MODEL.of(fact, query), query.top())
                .forEach((model, sums) -> tools(models, model, sums));
        return new Drawn(
                "tool-calls",
                "Requests that call tools",
                List.of(table.table(), models.table()),
                Notes.of(
                        Note.of("tool-calls", "A request counts where its reply calls at least one tool."),
                        query,
                        facts));
    }

    private static Table.Draft tools(Table.Draft table) {
        return table.column("requests", "Requests", Unit.REQUESTS)
                .column("tool_requests", "With calls of tools", Unit.REQUESTS)
                .column("share", "Share", Unit.SHARE)
                .column("calls", "Calls a request that has any", Unit.RATIO);
    }

    private static void tools(Table.Draft table, String what, Tally sums) {
        long calling = sums.of(Figure.TOOL_REQUESTS);
        table.row(
                what,
                sums.of(Figure.REQUESTS),
                calling,
                Exact.share(calling, sums.of(Figure.REQUESTS)),
                Exact.share(sums.of(Figure.TOOL_CALLS), calling));
    }

    static SortedMap<Long, Tally> byPeriod(List<Fact> facts) {
        SortedMap<Long, Tally> periods = new TreeMap<>();
        facts.forEach(fact ->
                periods.computeIfAbsent(fact.period(), key -> new Tally()).add(fact.sums()));
        return periods;
    }

    /** Tally by group, of those with the most requests. */
    static Map<String, Tally> largest(List<Fact> facts, Function<Fact, String> group, int most) {
        Map<String, Tally> all = new HashMap<>();
        facts.forEach(fact ->
                all.computeIfAbsent(group.apply(fact), key -> new Tally()).add(fact.sums()));
        Map<String, Tally> largest = new java.util.LinkedHashMap<>();
        all.entrySet().stream()
                .sorted(Comparator.comparing(
                                (Map.Entry<String, Tally> entry) ->
                                        entry.getValue().of(Figure.REQUESTS),
                                Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(most)
                .forEach(entry -> largest.put(entry.getKey(), entry.getValue()));
        return largest;
    }
}
