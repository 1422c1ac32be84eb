package dev.jerboa.gateway.share.chart;

import dev.jerboa.gateway.ledger.Figure;
import dev.jerboa.gateway.ledger.LatencyBuckets;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** How endpoints do: times, failures and what they are of, fallbacks, how sure counts are, and what providers say they cost. */
public final class Operations {
    /** Outcomes of attempts that say nothing of an endpoint. */
    private static final Set<String> NOT_ITS_FAULT = Set.of("ok", "client_gone", "invalid", "refused");

    /** Outcomes that are no error of anybody's. */
    private static final Set<String> NO_ERROR = Set.of("ok", "client_gone");

    private static final double MICROS_OF_MILLI = 1000;

    private final FactReader reader;
    private final ShareQuery query;

    private Operations(FactReader reader) {
        this.reader = reader;
        this.query = reader.query();
    }

    public static Drawn draw(FactReader reader) {
        return new Operations(reader).draw();
    }

    private Drawn draw() {
        List<Fact> facts = reader.facts();
        Map<String, Tally> endpoints = Habits.largest(facts, fact -> GroupBy.ENDPOINT.of(fact, query), query.top());
        Map<String, Map<String, Long>> outcomes = outcomes();
        return new Drawn(
                "operations",
                "Operations",
                List.of(
                        endpoints(endpoints, outcomes),
                        overTime(facts),
                        errors(),
                        outcomes(outcomes),
                        quality(facts),
                        providersSay(endpoints)),
                Notes.of(
                        Note.of(
                                "operations",
                                "Uptime is the share of attempts that did not fail for the endpoint's reasons. Quantiles are the middle of a bucket of a quarter of an octave. Attempts and times are of all keys."),
                        query,
                        facts));
    }

    private Table endpoints(Map<String, Tally> endpoints, Map<String, Map<String, Long>> outcomes) {
        Map<String, TreeMap<Integer, Long>> first = latencies("first_token");
        Map<String, TreeMap<Integer, Long>> whole = latencies("duration");
        Map<String, TreeMap<Integer, Long>> each = latencies("per_token");
        Table.Draft table = Table.of("endpoints", "Endpoints")
                .column("endpoint", "Endpoint", Unit.TEXT)
                .column("requests", "Requests", Unit.REQUESTS)
                .column("failed", "Failed", Unit.SHARE)
                .column("fallbacks", "Answered after another failed", Unit.SHARE)
                .column("uptime", "Uptime", Unit.SHARE)
                .column("first_token_p50", "First token, median", Unit.MILLISECONDS)
                .column("first_token_p99", "First token, 99th percentile", Unit.MILLISECONDS)
                .column("duration_p50", "Whole, median", Unit.MILLISECONDS)
                .column("duration_p99", "Whole, 99th percentile", Unit.MILLISECONDS)
                .column("token_p50", "A token, median", Unit.MILLISECONDS)
                .column("throughput", "Reply tokens a second of a request", Unit.TOKENS_PER_SECOND);
        endpoints.forEach((endpoint, tally) -> {
            long requests = tally.of(Figure.REQUESTS);
            BigDecimal speed = Exact.quotient(tally.completion(), tally.of(Figure.DURATION_MICROS));
            table.row(
                    endpoint,
                    requests,
                    Exact.share(tally.of(Figure.FAILED), requests),
                    Exact.share(tally.of(Figure.FALLBACKS), requests),
                    uptime(outcomes.getOrDefault(endpoint, Map.of())),
                    quantile(first, endpoint, 0.5),
                    quantile(first, endpoint, 0.99),
                    quantile(whole, endpoint, 0.5),
                    quantile(whole, endpoint, 0.99),
                    quantile(each, endpoint, 0.5),
                    speed == null ? null : Exact.round(speed.movePointRight(6)));
        });
        return table.table();
    }

    private static @Nullable BigDecimal quantile(
            Map<String, TreeMap<Integer, Long>> counts, String endpoint, double share) {
        return Exact.round(
                LatencyBuckets.quantile(counts.getOrDefault(endpoint, new TreeMap<>()), share) / MICROS_OF_MILLI);
    }

    private record Count(String endpoint, int bucket, long count) {}

    private Map<String, TreeMap<Integer, Long>> latencies(String kind) {
        Map<String, TreeMap<Integer, Long>> counts = new HashMap<>();
        reader.sql()
                .rows(
                        "SELECT endpoint, bucket, SUM(count) FROM latency WHERE kind = ? AND hour >= ? AND hour < ?"
                                + " GROUP BY endpoint, bucket ORDER BY endpoint, bucket",
                        List.of(kind, query.from(), query.to()),
                        row -> new Count(row.text(1), (int) row.number(2), row.number(3)))
                .forEach(one -> counts.computeIfAbsent(one.endpoint(), key -> new TreeMap<>())
                        .merge(one.bucket(), one.count(), Math::addExact));
        return counts;
    }

    private record Moment(long hour, int bucket, long count) {}

    /** Counts by bucket of each period, of all endpoints. */
    private SortedMap<Long, TreeMap<Integer, Long>> times(String kind) {
        SortedMap<Long, TreeMap<Integer, Long>> periods = new TreeMap<>();
        reader.sql()
                .rows(
                        "SELECT hour, bucket, SUM(count) FROM latency WHERE kind = ? AND hour >= ? AND hour < ?"
                                + " GROUP BY hour, bucket ORDER BY hour, bucket",
                        List.of(kind, query.from(), query.to()),
                        row -> new Moment(row.number(1), (int) row.number(2), row.number(3)))
                .forEach(one -> periods.computeIfAbsent(query.bucket().start(one.hour()), key -> new TreeMap<>())
                        .merge(one.bucket(), one.count(), Math::addExact));
        return periods;
    }

    private static @Nullable BigDecimal quantile(@Nullable TreeMap<Integer, Long> counts, double share) {
        return counts == null ? null : Exact.round(LatencyBuckets.quantile(counts, share) / MICROS_OF_MILLI);
    }

    /** Failures, times of all endpoints and the gateway's own, by period. */
    private Table overTime(List<Fact> facts) {
        SortedMap<Long, TreeMap<Integer, Long>> first = times("first_token");
        SortedMap<Long, TreeMap<Integer, Long>> overhead = times("overhead");
        Table.Draft table = Table.of("over_time", "Over time")
                .column("period", "Beginning", Unit.TIME)
                .column("requests", "Requests", Unit.REQUESTS)
                .column("failed", "Failed", Unit.SHARE)
                .column("fallbacks", "Answered after another failed", Unit.SHARE)
                .column("first_token", "First token, mean", Unit.MILLISECONDS)
                .column("first_token_p50", "First token, median", Unit.MILLISECONDS)
                .column("first_token_p99", "First token, 99th percentile", Unit.MILLISECONDS)
                .column("overhead_p50", "The gateway's own time, median", Unit.MILLISECONDS)
                .column("overhead_p99", "The gateway's own time, 99th percentile", Unit.MILLISECONDS);
        Habits.byPeriod(facts).forEach((period, tally) -> {
            long requests = tally.of(Figure.REQUESTS);
            BigDecimal micros = Exact.quotient(tally.of(Figure.FIRST_TOKEN_MICROS), tally.of(Figure.FIRST_TOKENS));
            table.row(
                    query.bucket().shown(period),
                    requests,
                    Exact.share(tally.of(Figure.FAILED), requests),
                    Exact.share(tally.of(Figure.FALLBACKS), requests),
                    micros == null ? null : Exact.round(micros.movePointLeft(3)),
                    quantile(first.get(period), 0.5),
                    quantile(first.get(period), 0.99),
                    quantile(overhead.get(period), 0.5),
                    quantile(overhead.get(period), 0.99));
        });
        return table.table();
    }

    private record Ending(long hour, String outcome, long count) {}

    /** What attempts that did not answer ended with, by period; shares are of all attempts. */
    private Table errors() {
        Amounts all = new Amounts();
        reader.sql()
                .rows(
                        "SELECT hour, outcome, SUM(count) FROM attempt_outcome WHERE hour >= ? AND hour < ?"
                                + " GROUP BY hour, outcome ORDER BY hour, outcome",
                        List.of(query.from(), query.to()),
                        row -> new Ending(row.number(1), row.text(2), row.number(3)))
                .forEach(one -> all.add(query.bucket().start(one.hour()), one.outcome(), one.count()));
        Table.Draft table = Table.of("errors", "What attempts failed with")
                .column("period", "Beginning", Unit.TIME)
                .column("group", "Outcome", Unit.TEXT)
                .column("amount", "Attempts", Unit.COUNT)
                .column("share", "Share of all attempts", Unit.SHARE);
        for (long period : all.periods()) {
            for (String outcome : all.groups()) {
                if (!NO_ERROR.contains(outcome)) {
                    long count = all.of(period, outcome);
                    table.row(query.bucket().shown(period), outcome, count, Exact.share(count, all.ofPeriod(period)));
                }
            }
        }
        return table.table();
    }

    private record Outcome(String endpoint, String outcome, long count) {}

    private Map<String, Map<String, Long>> outcomes() {
        Map<String, Map<String, Long>> outcomes = new TreeMap<>();
        reader.sql()
                .rows(
                        "SELECT endpoint, outcome, SUM(count) FROM attempt_outcome WHERE hour >= ? AND hour < ?"
                                + " GROUP BY endpoint, outcome ORDER BY endpoint, outcome",
                        List.of(query.from(), query.to()),
                        row -> new Outcome(row.text(1), row.text(2), row.number(3)))
                .forEach(one -> outcomes.computeIfAbsent(one.endpoint(), key -> new TreeMap<>())
                        .put(one.outcome(), one.count()));
        return outcomes;
    }

    private static @Nullable BigDecimal uptime(Map<String, Long> outcomes) {
        long up = 0;
        long all = 0;
        for (Map.Entry<String, Long> outcome : outcomes.entrySet()) {
            all += outcome.getValue();
            up += NOT_ITS_FAULT.contains(outcome.getKey()) ? outcome.getValue() : 0;
        }
        return Exact.share(up, all);
    }

    private static Table outcomes(Map<String, Map<String, Long>> outcomes) {
        Table.Draft table = Table.of("outcomes", "How attempts ended")
                .column("endpoint", "Endpoint", Unit.TEXT)
                .column("outcome", "Outcome", Unit.TEXT)
                .column("count", "Attempts", Unit.COUNT)
                .column("share", "Share of the endpoint's", Unit.SHARE);
        outcomes.forEach((endpoint, counts) -> {
            long all = counts.values().stream().reduce(0L, Math::addExact);
            counts.forEach((outcome, count) -> table.row(endpoint, outcome, count, Exact.share(count, all)));
        });
        return table.table();
    }

    private Table quality(List<Fact> facts) {
        Table.Draft table = Table.of("quality", "Where counts come from")
                .column("period", "Beginning", Unit.TIME)
                .column("requests", "Requests", Unit.REQUESTS)
                .column("told_share", "Told by the endpoint", Unit.SHARE)
                .column("estimated_share", "Counted here", Unit.SHARE)
                .column("partial_share", "Cut, counted as far as known", Unit.SHARE)
                .column("missing_share", "Not known", Unit.SHARE);
        Habits.byPeriod(facts).forEach((period, tally) -> {
            long all = tally.of(Figure.REQUESTS);
            table.row(
                    query.bucket().shown(period),
                    all,
                    Exact.share(tally.of(Figure.QUALITY_PROVIDER), all),
                    Exact.share(tally.of(Figure.QUALITY_ESTIMATED), all),
                    Exact.share(tally.of(Figure.QUALITY_PARTIAL), all),
                    Exact.share(tally.of(Figure.QUALITY_MISSING), all));
        });
        return table.table();
    }

    private static Table providersSay(Map<String, Tally> endpoints) {
        Table.Draft table = Table.of("told_costs", "What providers say that they cost")
                .column("endpoint", "Endpoint", Unit.TEXT)
                .column("cost", "By our prices", Unit.DOLLARS)
                .column("told", "As the provider says", Unit.DOLLARS)
                .column("difference", "Difference", Unit.DOLLARS);
        endpoints.forEach((endpoint, tally) -> {
            long told = tally.of(Figure.UPSTREAM_COST_NANOS);
            if (told > 0) {
                long cost = tally.of(Figure.COST_NANOS);
                table.row(
                        endpoint,
                        Exact.dollars(cost),
                        Exact.dollars(told),
                        Exact.dollars(Math.subtractExact(told, cost)));
            }
        });
        return table.table();
    }
}
