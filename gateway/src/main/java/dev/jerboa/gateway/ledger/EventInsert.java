package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.store.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Adds events as rows and tells which were not there. SQLite is given a statement for each, which costs it nothing; PostgreSQL one statement
 * for all of them with an array for each column, as it takes longer over statements than over rows.
 */
final class EventInsert {
    private static final String INTO = "INSERT INTO event (" + EventRows.COLUMNS + ") ";
    private static final String UNLESS_THERE = " ON CONFLICT (id) DO NOTHING";
    private static final int COLUMNS = EventRows.COLUMNS.split(",", -1).length;

    private EventInsert() {}

    /** Adds events; those that were not there, in order. Of several with one id, the first. */
    static List<UsageEvent> add(Connection connection, Database.Kind kind, List<UsageEvent> events)
            throws SQLException {
        if (events.isEmpty()) {
            return List.of();
        }
        return switch (kind) {
            case SQLITE -> oneByOne(connection, events);
            case POSTGRESQL -> atOnce(connection, events);
        };
    }

    private static List<UsageEvent> oneByOne(Connection connection, List<UsageEvent> events) throws SQLException {
        String sql = INTO + "VALUES (?" + ", ?".repeat(COLUMNS - 1) + ")" + UNLESS_THERE;
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            for (UsageEvent event : events) {
                EventRows.put(event, new RowParameters(insert));
                insert.addBatch();
            }
            int[] counts = insert.executeBatch();
            List<UsageEvent> fresh = new ArrayList<>(events.size());
            for (int i = 0; i < counts.length; i++) {
                if (counts[i] == 1) {
                    fresh.add(events.get(i));
                } else if (counts[i] != 0) {
                    throw new SQLException("the driver tells " + counts[i] + " for an inserted row: expected 0 or 1");
                }
            }
            return fresh;
        }
    }

    private static List<UsageEvent> atOnce(Connection connection, List<UsageEvent> events) throws SQLException {
        ColumnArrays columns = new ColumnArrays(COLUMNS, events.size());
        for (UsageEvent event : events) {
            EventRows.put(event, columns);
            columns.next();
        }
        Set<String> added = new HashSet<>();
        String sql = INTO + columns.select() + UNLESS_THERE + " RETURNING id";
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            columns.set(connection, insert);
            try (ResultSet row = insert.executeQuery()) {
                while (row.next()) {
                    added.add(row.getString(1));
                }
            }
        }
        List<UsageEvent> fresh = new ArrayList<>(added.size());
        for (UsageEvent event : events) {
            if (added.remove(EventRows.text(event.id()))) {
                fresh.add(event);
            }
        }
        return fresh;
    }
}
