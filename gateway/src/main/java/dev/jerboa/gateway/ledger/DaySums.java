package dev.jerboa.gateway.ledger;

import static dev.jerboa.gateway.ledger.SumTables.DAY;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.store.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Keeps sums by day what sums by hour are: for each day before {@code rollup_day_end}, the rows of each table of days and those of
 * {@code rollup} have the same sums at every moment. Thread-safe.
 *
 * <pre>
 * a day ended → next: its hours summed, the end moved behind it, in one transaction
 * an hour of a day before the end is added to → addLate: its day too, in the same transaction
 * </pre>
 *
 * <p>Between these two stands a lock: who adds to hours holds the end from before it reads it until its transaction ends, any number at
 * once; who moves the end waits for them, and they for it. So a day is summed with all that was added to its hours, and what is added later
 * is known to be late. In SQLite transactions that write are one after the other anyway.
 *
 * <p>The hours are all there is to know: days can be made of them again ({@link #mend}).
 */
final class DaySums {
    static final String END = "SELECT hour FROM rollup_day_end";

    /** Any number that others do not take for an advisory lock: "jerdays" in ASCII. */
    private static final long LOCK = 0x6A657264617973L;

    private static final String HOLD = "SELECT pg_advisory_xact_lock_shared(" + LOCK + ")";
    /** Others that write wait behind who waits for this lock: where one of them hangs, the days are left for later. */
    private static final String LOCKED = "SET LOCAL lock_timeout = '2s'; SELECT pg_advisory_xact_lock(" + LOCK + ")";

    private static final Comparator<RollupRow> BY_DAY = Comparator.comparingLong(
                    (RollupRow row) -> SumTables.dayOf(row.hour()))
            .thenComparing(RollupRow::endpoint)
            .thenComparing(RollupRow::key)
            .thenComparing(RollupRow::app)
            .thenComparing(RollupRow::payerCountry)
            .thenComparingLong(RollupRow::hour);

    /** How a day's rows are made of its hours'. */
    private enum Form {
        SUMMED,
        /** As the hours have them. */
        COPIED
    }

    private final Database database;

    DaySums(Database database) {
        this.database = database;
    }

    static long end(ResultSet row) throws SQLException {
        if (!row.next()) {
            throw new SQLException("the table rollup_day_end has no row: expected one, from the schema's seventh step");
        }
        return row.getLong(1);
    }

    /** The hour before which each day has been summed, which stays so until the transaction ends. */
    static long holdEnd(Connection connection, Database.Kind kind) throws SQLException {
        String sql = switch (kind) {
            case SQLITE -> END;
            // one way to the server; the second sees what is there when the first has ended
            case POSTGRESQL -> HOLD + "; " + END;
        };
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.execute();
            if (kind == Database.Kind.POSTGRESQL) {
                statement.getMoreResults();
            }
            try (ResultSet row = statement.getResultSet()) {
                return end(row);
            }
        }
    }

    /** Adds to their days what was added to hours of days that had been summed; in the transaction that holds the end. */
    static void addLate(Connection connection, List<RollupRow> rows) throws SQLException {
        List<RollupRow> late = rows.stream().sorted(BY_DAY).toList(); // of two that write, one has all rows first
        for (RollupTable days : RollupTable.OF_DAYS) {
            for (RollupRow row : refused(connection, days, late)) {
                copyHours(connection, days, row);
            }
        }
    }

    /** Adds to a table of days; those that were not added, as their sum would be beyond 64 bits. */
    private static List<RollupRow> refused(Connection connection, RollupTable days, List<RollupRow> late)
            throws SQLException {
        List<RollupRow> refused = new ArrayList<>();
        try (PreparedStatement insert = connection.prepareStatement(days.addOne())) {
            for (RollupRow row : late) {
                RollupTable.put(days.dayOf(row), new RowParameters(insert));
                insert.addBatch();
            }
            int[] counts = insert.executeBatch();
            for (int i = 0; i < counts.length; i++) {
                if (counts[i] == 0) {
                    refused.add(late.get(i));
                }
            }
        }
        return refused;
    }

    /** A sum that would be beyond 64 bits is left in parts, those of its hours: none of them is. Who asks for all of them is told so. */
    private static void copyHours(Connection connection, RollupTable days, RollupRow row) throws SQLException {
        long day = SumTables.dayOf(row.hour());
        String condition = ofDay(day) + " AND " + days.inGroup();
        for (String sql : List.of(
                "DELETE FROM " + days.table() + " WHERE " + condition,
                days.insert("SELECT * FROM rollup WHERE " + condition))) {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                int at = 1;
                for (String value : days.ofGroup(row)) {
                    statement.setString(at++, value);
                }
                statement.executeUpdate();
            }
        }
    }

    private static String ofDay(long day) {
        return "hour >= " + day + " AND hour < " + (day + DAY);
    }

    /**
     * Sums the next day that has not been summed and ended before an hour.
     *
     * @return its first hour; empty where there is none
     */
    OptionalLong next(long before) {
        return exactly(form -> database.write(connection -> next(connection, before, form)));
    }

    private OptionalLong next(Connection connection, long before, Form form) throws SQLException {
        lock(connection);
        long end = SumTables.summedBefore(connection);
        OptionalLong hour = number(connection, "SELECT MIN(hour) FROM rollup WHERE hour >= " + end);
        if (hour.isEmpty() || SumTables.dayOf(hour.getAsLong()) + DAY > before) {
            return OptionalLong.empty();
        }
        long day = SumTables.dayOf(hour.getAsLong());
        put(connection, day, form);
        execute(connection, "UPDATE rollup_day_end SET hour = " + (day + DAY));
        return OptionalLong.of(day);
    }

    /** Makes a day's rows of its hours' again, which it says that it did: false where the day has not been summed yet. */
    boolean mend(long day) {
        return exactly(form -> database.write(connection -> {
            lock(connection);
            boolean summed = day < SumTables.summedBefore(connection);
            if (summed) {
                put(connection, day, form);
            }
            return summed;
        }));
    }

    /** Something that is done with a day's rows in one form. */
    private interface Making<T> {
        T in(Form form);
    }

    /** Sums, or copies where a sum would be beyond 64 bits. */
    private static <T> T exactly(Making<T> making) {
        try {
            return making.in(Form.SUMMED);
        } catch (GatewayException e) {
            if (e.getCause() instanceof ArithmeticException) {
                return making.in(Form.COPIED);
            }
            throw e;
        }
    }

    private void lock(Connection connection) throws SQLException {
        if (database.kind() == Database.Kind.POSTGRESQL) {
            execute(connection, LOCKED);
        }
    }

    private static void put(Connection connection, long day, Form form) throws SQLException {
        for (RollupTable days : RollupTable.OF_DAYS) {
            execute(connection, "DELETE FROM " + days.table() + " WHERE " + ofDay(day));
            execute(
                    connection,
                    switch (form) {
                        case SUMMED -> days.insertSums(day, ofDay(day));
                        case COPIED -> days.insert("SELECT * FROM rollup WHERE " + ofDay(day));
                    });
        }
    }

    /** The last day before an hour that has been summed and has rows; empty where there is none. */
    OptionalLong lastBefore(long hour) {
        return database.read(connection -> {
            long before = Math.min(hour, SumTables.summedBefore(connection));
            OptionalLong last = number(
                    connection,
                    Stream.of(RollupTable.values())
                            .map(table -> "SELECT MAX(hour) AS hour FROM " + table.table() + " WHERE hour < " + before)
                            .collect(Collectors.joining(" UNION ALL ", "SELECT MAX(hour) FROM (", ") AS last")));
            return last.isEmpty() ? last : OptionalLong.of(SumTables.dayOf(last.getAsLong()));
        });
    }

    /** Whether a day's rows are together what its hours' are. Days whose sums are beyond 64 bits are not looked at: nobody is given those. */
    boolean isExact(long day) {
        return RollupTable.OF_DAYS.stream().allMatch(days -> isExact(days, day));
    }

    private boolean isExact(RollupTable days, long day) {
        String differs =
                Figure.columns().map(column -> "SUM(" + column + ") <> 0").collect(Collectors.joining(" OR "));
        String negative = Figure.columns().map(column -> "-" + column).collect(Collectors.joining(", "));
        String sql = "SELECT COUNT(*) FROM (SELECT 1 FROM (SELECT * FROM rollup WHERE " + ofDay(day)
                + " UNION ALL SELECT " + RollupTable.KEYS + ", " + negative + " FROM " + days.table() + " WHERE "
                + ofDay(day) + ") AS each_of GROUP BY " + days.groups() + " HAVING " + differs + ") AS differing";
        try {
            return database.read(connection -> number(connection, sql)).orElse(0) == 0;
        } catch (GatewayException e) {
            if (e.getCause() instanceof ArithmeticException) {
                return true;
            }
            throw e;
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The number that a query over a whole table finds, which always has a row; empty where that is null. */
    private static OptionalLong number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            long number = row.getLong(1);
            return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(number);
        }
    }
}
