package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.SumRange;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Adds to the tables of sums, always in the order of their keys: two nodes that add to the same rows must not wait for each other. */
final class Rollups {
    private static final Comparator<RollupRow> ORDER = Comparator.comparingLong(RollupRow::hour)
            .thenComparing(RollupRow::endpoint)
            .thenComparing(RollupRow::key)
            .thenComparing(RollupRow::app)
            .thenComparing(RollupRow::payerCountry);

    private Rollups() {}

    /**
     * Adds to sums by hour, and with them to those of their days that have been summed. There is no other way into either.
     *
     * @throws dev.jerboa.gateway.GatewayException where a sum is beyond {@link SumRange}; what was added is to be rolled back
     */
    static void add(Connection connection, Database.Kind kind, List<RollupRow> rows) throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        List<RollupRow> groups = groups(rows);
        long summedBefore = DaySums.holdEnd(connection, kind);
        int added = switch (kind) {
            case SQLITE -> oneByOne(connection, groups);
            case POSTGRESQL -> atOnce(connection, groups);
        };
        if (added != groups.size()) {
            throw SumRange.beyond(new ArithmeticException("a row of the table rollup"));
        }
        if (groups.getFirst().hour() < summedBefore) {
            DaySums.addLate(
                    connection,
                    groups.stream().filter(row -> row.hour() < summedBefore).toList());
        }
    }

    /** A row for each hour, endpoint, key, app and country, in the order of these. */
    private static List<RollupRow> groups(List<RollupRow> rows) {
        Map<RollupRow, Sums> sums = new HashMap<>();
        for (RollupRow row : rows) {
            RollupRow group = new RollupRow(
                    row.hour(),
                    EventRows.text(row.endpoint()),
                    EventRows.text(row.key()),
                    EventRows.text(row.app()),
                    EventRows.text(row.payerCountry()),
                    Sums.NONE);
            sums.merge(group, row.sums(), Sums::plus);
        }
        List<RollupRow> groups = new ArrayList<>(sums.size());
        sums.forEach((group, sum) -> groups.add(group.with(sum)));
        groups.sort(ORDER);
        return groups;
    }

    private static int oneByOne(Connection connection, List<RollupRow> groups) throws SQLException {
        int added = 0;
        try (PreparedStatement insert = connection.prepareStatement(RollupTable.HOURS.addOne())) {
            for (RollupRow group : groups) {
                RollupTable.put(group, new RowParameters(insert));
                insert.addBatch();
            }
            for (int count : insert.executeBatch()) {
                added += count;
            }
        }
        return added;
    }

    private static int atOnce(Connection connection, List<RollupRow> groups) throws SQLException {
        ColumnArrays columns = new ColumnArrays(RollupTable.COLUMNS, groups.size());
        for (RollupRow group : groups) {
            RollupTable.put(group, columns);
            columns.next();
        }
        try (PreparedStatement insert = connection.prepareStatement(RollupTable.HOURS.add(columns.select()))) {
            columns.set(connection, insert);
            return insert.executeUpdate();
        }
    }

    static void addLatencies(Connection connection, List<LatencyRow> rows) throws SQLException {
        Map<LatencyRow, Long> counts = new LinkedHashMap<>();
        for (LatencyRow row : rows) {
            LatencyRow group = new LatencyRow(row.hour(), EventRows.text(row.endpoint()), row.kind(), row.bucket(), 0);
            counts.merge(group, row.count(), Math::addExact);
        }
        List<LatencyRow> groups = counts.keySet().stream()
                .sorted(Comparator.comparingLong(LatencyRow::hour)
                        .thenComparing(LatencyRow::endpoint)
                        .thenComparing(LatencyRow::kind)
                        .thenComparing(LatencyRow::bucket))
                .toList();
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO latency (hour, endpoint, kind, bucket, count) VALUES (?, ?, ?, ?, ?)"
                        + " ON CONFLICT (hour, endpoint, kind, bucket) DO UPDATE SET count = latency.count + excluded.count")) {
            for (LatencyRow group : groups) {
                insert.setLong(1, group.hour());
                insert.setString(2, group.endpoint());
                insert.setString(3, group.kind().text());
                insert.setInt(4, group.bucket());
                insert.setLong(5, counts.getOrDefault(group, 0L));
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    static void addRefusals(Connection connection, List<RefusalRow> rows) throws SQLException {
        Map<RefusalRow, Long> counts = new LinkedHashMap<>();
        for (RefusalRow row : rows) {
            RefusalRow group = new RefusalRow(row.hour(), EventRows.text(row.key()), EventRows.text(row.reason()), 0);
            counts.merge(group, row.count(), Math::addExact);
        }
        List<RefusalRow> groups = counts.keySet().stream()
                .sorted(Comparator.comparingLong(RefusalRow::hour)
                        .thenComparing(RefusalRow::key)
                        .thenComparing(RefusalRow::reason))
                .toList();
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO refusal (hour, key, reason, count) VALUES (?, ?, ?, ?)"
                        + " ON CONFLICT (hour, key, reason) DO UPDATE SET count = refusal.count + excluded.count")) {
            for (RefusalRow group : groups) {
                insert.setLong(1, group.hour());
                insert.setString(2, group.key());
                insert.setString(3, group.reason());
                insert.setLong(4, counts.getOrDefault(group, 0L));
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    static void addOutcomes(Connection connection, List<OutcomeRow> rows) throws SQLException {
        Map<OutcomeRow, Long> counts = new LinkedHashMap<>();
        for (OutcomeRow row : rows) {
            OutcomeRow group =
                    new OutcomeRow(row.hour(), EventRows.text(row.endpoint()), EventRows.text(row.outcome()), 0);
            counts.merge(group, row.count(), Math::addExact);
        }
        List<OutcomeRow> groups = counts.keySet().stream()
                .sorted(Comparator.comparingLong(OutcomeRow::hour)
                        .thenComparing(OutcomeRow::endpoint)
                        .thenComparing(OutcomeRow::outcome))
                .toList();
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO attempt_outcome (hour, endpoint, outcome, count) VALUES (?, ?, ?, ?)"
                        + " ON CONFLICT (hour, endpoint, outcome) DO UPDATE SET count = attempt_outcome.count + excluded.count")) {
            for (OutcomeRow group : groups) {
                insert.setLong(1, group.hour());
                insert.setString(2, group.endpoint());
                insert.setString(3, group.outcome());
                insert.setLong(4, counts.getOrDefault(group, 0L));
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }
}
