package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.Micros;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Events that are written in one transaction, with all that is summed from them. An event that is there already adds to nothing, so that
 * writing again what may have been written is always right.
 */
final class EventGroup {
    /** The name of the series that the chart of categories reads. */
    private static final String CATEGORY = "category";

    private static final String CATEGORY_DEFINITION =
            "requests by what clients, keys or rules of the gateway's file say that they are about, counted by the gateway itself";

    private record Counted(String node, LocalDate day, String category) {}

    private final Database.Kind kind;
    private final Rater rater;
    private final Spending spending;

    EventGroup(Database.Kind kind, Rater rater, Spending spending) {
        this.kind = kind;
        this.rater = rater;
        this.spending = spending;
    }

    /** Writes events; how many were not there. */
    int write(Connection connection, List<UsageEvent> events) throws SQLException {
        List<UsageEvent> fresh = EventInsert.add(connection, kind, events);
        if (fresh.isEmpty()) {
            return 0;
        }
        spending.book(connection, fresh);
        List<RollupRow> sums = new ArrayList<>(fresh.size());
        List<LatencyRow> latencies = new ArrayList<>();
        List<OutcomeRow> outcomes = new ArrayList<>();
        for (UsageEvent event : fresh) {
            long hour = Math.floorDiv(Micros.of(event.at()), Micros.HOUR);
            sums.add(RollupRow.of(event, rater));
            latencies(hour, event, latencies);
            for (Attempt attempt : event.attempts()) {
                outcomes.add(new OutcomeRow(hour, attempt.endpoint(), attempt.outcome(), 1));
            }
        }
        Rollups.add(connection, kind, sums);
        Rollups.addLatencies(connection, latencies);
        Rollups.addOutcomes(connection, outcomes);
        List<OutsideRows.Figure> categories = categories(fresh);
        if (!categories.isEmpty()) {
            OutsideRows.addCounts(connection, categories);
        }
        return fresh.size();
    }

    /** Requests by what they are about, in one order, so that several processes do not wait for each other in a circle. */
    private static List<OutsideRows.Figure> categories(List<UsageEvent> fresh) {
        Map<Counted, Long> counts = new TreeMap<>(
                Comparator.comparing(Counted::node).thenComparing(Counted::day).thenComparing(Counted::category));
        for (UsageEvent event : fresh) {
            String category = event.asked().category();
            if (!category.isEmpty()) {
                LocalDate day = LocalDate.ofInstant(event.at(), ZoneOffset.UTC);
                counts.merge(new Counted(event.node(), day, category), 1L, Long::sum);
            }
        }
        List<OutsideRows.Figure> figures = new ArrayList<>(counts.size());
        counts.forEach((counted, count) -> figures.add(new OutsideRows.Figure(
                "node " + counted.node(), CATEGORY, counted.day(), counted.category(), count, CATEGORY_DEFINITION)));
        return figures;
    }

    private static void latencies(long hour, UsageEvent event, List<LatencyRow> rows) {
        if (event.offer().isNone() || event.outcome().status() >= 400) {
            return;
        }
        String endpoint = event.offer().endpoint();
        UsageEvent.Reply reply = event.reply();
        add(rows, hour, endpoint, LatencyBuckets.Kind.DURATION, reply.durationMicros());
        if (reply.firstTokenMicros() >= 0) {
            add(rows, hour, endpoint, LatencyBuckets.Kind.FIRST_TOKEN, reply.firstTokenMicros());
            long after = event.used().tokens().completion() - 1;
            if (after > 0 && reply.streamed()) {
                long micros = Math.max(0, reply.durationMicros() - reply.firstTokenMicros());
                add(rows, hour, endpoint, LatencyBuckets.Kind.PER_TOKEN, micros / after);
            }
        }
    }

    private static void add(List<LatencyRow> rows, long hour, String endpoint, LatencyBuckets.Kind kind, long micros) {
        rows.add(new LatencyRow(hour, endpoint, kind, LatencyBuckets.bucket(micros), 1));
    }
}
