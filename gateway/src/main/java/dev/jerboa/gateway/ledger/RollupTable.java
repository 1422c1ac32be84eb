package dev.jerboa.gateway.ledger;

import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;

/** The tables of sums, whose columns are the same, and the SQL that adds to them. Those of days are kept by {@link DaySums}. */
enum RollupTable {
    HOURS("rollup", true),
    DAYS("rollup_day", true),
    /** What all keys, apps and countries have together. */
    DAYS_OF_ENDPOINTS("rollup_day_endpoint", false);

    /** Those of days. */
    static final List<RollupTable> OF_DAYS = List.of(DAYS, DAYS_OF_ENDPOINTS);

    /** What a row is of. */
    static final String KEYS = "hour, endpoint, key, app, payer_country";
    /** How many columns there are. */
    static final int COLUMNS = 5 + Figure.all().size();

    private final String table;
    private final boolean byPayer;
    private final String into;
    private final String orAdd;

    RollupTable(String table, boolean byPayer) {
        this.table = table;
        this.byPayer = byPayer;
        into = "INSERT INTO " + table + " (" + KEYS + ", " + Figure.columns().collect(Collectors.joining(", ")) + ") ";
        orAdd = " ON CONFLICT (" + KEYS + ") DO UPDATE SET "
                + each("%1$s = " + table + ".%1$s + excluded.%1$s", ", ")
                // what would leave 64 bits stays as it is: SQLite would go on in floating point without a word
                + " WHERE " + each(table + ".%1$s <= " + Long.MAX_VALUE + " - excluded.%1$s", " AND ");
    }

    /** Its name in the store. */
    String table() {
        return table;
    }

    /** What its rows tell apart, besides time. */
    String groups() {
        return byPayer ? "endpoint, key, app, payer_country" : "endpoint";
    }

    /** An SQL condition for the rows of {@link #HOURS} and of this that one of its rows is of, besides time; see {@link #ofGroup}. */
    String inGroup() {
        return "endpoint = ?" + (byPayer ? " AND key = ? AND app = ? AND payer_country = ?" : "");
    }

    /** The parameters of {@link #inGroup}. */
    List<String> ofGroup(RollupRow row) {
        return byPayer ? List.of(row.endpoint(), row.key(), row.app(), row.payerCountry()) : List.of(row.endpoint());
    }

    /** A statement that puts in the sums of a day's hours. */
    String insertSums(long day, String condition) {
        String others = byPayer ? "key, app, payer_country" : "'', '', ''";
        return insert("SELECT " + day + ", endpoint, " + others + ", " + Figure.sums() + " FROM rollup WHERE "
                + condition + " GROUP BY " + groups());
    }

    /** The row of a day here that a row of an hour is part of. */
    RollupRow dayOf(RollupRow row) {
        long day = SumTables.dayOf(row.hour());
        return byPayer
                ? new RollupRow(day, row.endpoint(), row.key(), row.app(), row.payerCountry(), row.sums())
                : new RollupRow(day, row.endpoint(), "", "", "", row.sums());
    }

    /** A statement that puts in the rows of a query, or of {@code VALUES}. */
    String insert(String rows) {
        return into + rows;
    }

    /** A statement that adds rows to those that are there; it leaves those out whose sum would be beyond 64 bits. */
    String add(String rows) {
        return into + rows + orAdd;
    }

    private static String each(String text, String between) {
        return Figure.columns().map(text::formatted).collect(Collectors.joining(between));
    }

    /** {@link #add} for one row, with a parameter for each column. */
    String addOne() {
        return add("VALUES (?" + ", ?".repeat(COLUMNS - 1) + ")");
    }

    /** Gives a row's values, in the order of the columns. */
    static void put(RollupRow row, RowValues values) throws SQLException {
        values.number(row.hour());
        values.text(row.endpoint());
        values.text(row.key());
        values.text(row.app());
        values.text(row.payerCountry());
        for (long value : row.sums().values()) {
            values.number(value);
        }
    }
}
