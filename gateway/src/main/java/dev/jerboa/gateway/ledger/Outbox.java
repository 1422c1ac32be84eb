package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.store.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A node's events that are stored and not yet known to have arrived elsewhere: their ids, put into the table {@code outbox} by the
 * transaction that stores the events. Thread-safe. Every method throws {@link dev.jerboa.gateway.GatewayException} where the store fails.
 */
public final class Outbox {
    private final Database database;
    private final String node;

    public Outbox(Database database, String node) {
        this.database = database;
        this.node = node;
    }

    /**
     * The first of what waits, in the order of ids.
     *
     * @param events those that are still in the store
     * @param lost ids of those that were deleted there before they were sent
     */
    public record Batch(List<UsageEvent> events, List<String> lost) {
        public Batch {
            events = List.copyOf(events);
            lost = List.copyOf(lost);
        }

        public int size() {
            return events.size() + lost.size();
        }
    }

    /** Books as before, and beside that notes each new event here: in the writer's transaction, so that there is none without the other. */
    public Spending after(Spending spending) {
        return (connection, events) -> {
            spending.book(connection, events);
            put(connection, events);
        };
    }

    private static void put(Connection connection, List<UsageEvent> events) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "INSERT INTO outbox (node, id) VALUES (?, ?) ON CONFLICT (node, id) DO NOTHING")) {
            for (UsageEvent event : events) {
                insert.setString(1, EventRows.text(event.node()));
                insert.setString(2, EventRows.text(event.id()));
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    /** The first of what waits. One statement: of two, the second could see rows that had come between. */
    public Batch first(int most) {
        return database.read(connection -> {
            List<UsageEvent> events = new ArrayList<>();
            List<String> lost = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement("SELECT noted, " + EventRows.COLUMNS
                    + " FROM (SELECT id AS noted FROM outbox WHERE node = ? ORDER BY id LIMIT ?) AS waiting"
                    + " LEFT JOIN event ON event.id = noted ORDER BY noted")) {
                select.setString(1, node);
                select.setInt(2, most);
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        if (row.getString("id") == null) {
                            lost.add(row.getString("noted"));
                        } else {
                            events.add(EventRows.read(row));
                        }
                    }
                }
            }
            return new Batch(events, lost);
        });
    }

    /** Takes events out: each by itself, as others whose ids lie between may have come meanwhile. */
    public void remove(Collection<String> ids) {
        if (ids.isEmpty()) {
            return;
        }
        database.run(connection -> {
            try (PreparedStatement delete =
                    connection.prepareStatement("DELETE FROM outbox WHERE node = ? AND id = ?")) {
                for (String id : ids) {
                    delete.setString(1, node);
                    delete.setString(2, id);
                    delete.addBatch();
                }
                delete.executeBatch();
            }
        });
    }

    /** How many wait. Counts rows. */
    public long size() {
        return database.read(connection -> {
            try (PreparedStatement count = connection.prepareStatement("SELECT COUNT(*) FROM outbox WHERE node = ?")) {
                count.setString(1, node);
                try (ResultSet row = count.executeQuery()) {
                    row.next();
                    return row.getLong(1);
                }
            }
        });
    }
}
