package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.store.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.StringJoiner;

/**
 * Which of the tables of sums a time is read from: whole days that have been summed from {@code rollup_day}, or from
 * {@code rollup_day_endpoint} where nothing but endpoints is told apart; what is left at both ends from {@code rollup}. Sums over each are
 * the same to the last digit, so whoever does not tell hours apart reads what {@link #rows} says.
 */
public final class SumTables {
    /** No day has been summed: everything is read from the hours. */
    public static final long NO_DAYS = Long.MIN_VALUE;
    /** An hour before all others. */
    public static final long BEGINNING = -1L << 40;

    static final int DAY = 24;

    private SumTables() {}

    /**
     * The hour before which each day has been summed, always the first of a day. It only goes up, and what is before it stays exact: who
     * has read it may ask for rows in another transaction.
     */
    public static long summedBefore(Database database) {
        return database.read(SumTables::summedBefore);
    }

    static long summedBefore(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(DaySums.END)) {
            return DaySums.end(row);
        }
    }

    /**
     * What an SQL query has behind {@code FROM}: rows with the columns of {@code rollup}, which together are the sums of some hours. Those
     * of a day may be one, with the day's first hour.
     *
     * @param summedBefore from {@link #summedBefore}, or {@link #NO_DAYS}
     * @param byPayer whether keys, apps or countries are told apart or limited; where not, they may be empty in the rows
     */
    public static String rows(long fromHour, long toHour, long summedBefore, boolean byPayer) {
        RollupTable days = byPayer ? RollupTable.DAYS : RollupTable.DAYS_OF_ENDPOINTS;
        long firstDay = dayOf(fromHour + DAY - 1);
        long endOfDays = Math.min(dayOf(toHour), summedBefore);
        StringJoiner tables = new StringJoiner(" UNION ALL ", "(", ") AS rollup");
        if (firstDay >= endOfDays) {
            tables.add(part(RollupTable.HOURS, fromHour, toHour));
        } else {
            if (fromHour < firstDay) {
                tables.add(part(RollupTable.HOURS, fromHour, firstDay));
            }
            tables.add(part(days, firstDay, endOfDays));
            if (endOfDays < toHour) {
                tables.add(part(RollupTable.HOURS, endOfDays, toHour));
            }
        }
        return tables.toString();
    }

    /** The first hour of the day that an hour is in. */
    static long dayOf(long hour) {
        return Math.floorDiv(hour, DAY) * DAY;
    }

    private static String part(RollupTable table, long from, long to) {
        return "SELECT * FROM " + table.table() + " WHERE hour >= " + from + " AND hour < " + to;
    }
}
