package dev.jerboa.gateway.share.fact;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.ledger.SumTables;
import dev.jerboa.gateway.store.Database;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** A ledger in SQLite or PostgreSQL. Reads only. Thread-safe. */
public final class JdbcLedger implements LedgerSql {
    private static final int MOST_ROWS = 2_000_000;
    private static final int LONGEST_SECONDS = 60;
    private static final int FETCHED = 5_000;

    private final Database database;

    /** @param database stays the caller's */
    public JdbcLedger(Database database) {
        this.database = database;
    }

    @Override
    public <T> List<T> rows(String sql, List<Object> parameters, Function<Row, T> reader) {
        return database.read(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setQueryTimeout(LONGEST_SECONDS);
                statement.setFetchSize(FETCHED);
                for (int i = 0; i < parameters.size(); i++) {
                    switch (parameters.get(i)) {
                        case Long number -> statement.setLong(i + 1, number);
                        case String text -> statement.setString(i + 1, text);
                        default -> throw new IllegalArgumentException("a parameter " + parameters.get(i));
                    }
                }
                try (ResultSet found = statement.executeQuery()) {
                    return read(new Found(database, found), reader);
                }
            }
        });
    }

    @Override
    public long summedBefore() {
        return SumTables.summedBefore(database);
    }

    private static <T> List<T> read(Found row, Function<Row, T> reader) throws SQLException {
        List<T> rows = new ArrayList<>();
        while (row.found.next()) {
            if (rows.size() == MOST_ROWS) {
                throw new GatewayException("the ledger has more than " + MOST_ROWS
                        + " rows for this: ask for less time, or for longer periods");
            }
            rows.add(reader.apply(row));
        }
        return rows;
    }

    private record Found(Database database, ResultSet found) implements Row {
        @Override
        public long number(int column) {
            try {
                return found.getLong(column);
            } catch (SQLException e) {
                throw database.failed(e);
            }
        }

        @Override
        public double decimal(int column) {
            try {
                return found.getDouble(column);
            } catch (SQLException e) {
                throw database.failed(e);
            }
        }

        @Override
        public String text(int column) {
            try {
                String text = found.getString(column);
                return text == null ? "" : text;
            } catch (SQLException e) {
                throw database.failed(e);
            }
        }

        @Override
        public boolean isNull(int column) {
            try {
                return found.getObject(column) == null;
            } catch (SQLException e) {
                throw database.failed(e);
            }
        }
    }
}
