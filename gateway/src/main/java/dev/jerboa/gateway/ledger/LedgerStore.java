package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.Micros;
import dev.jerboa.gateway.store.SumRange;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What the ledger answers: events, sums, times and outcomes. SQL is made of this class's own words and of enums; everything from outside is
 * a parameter. Thread-safe. Every method throws {@link dev.jerboa.gateway.GatewayException} where the store fails.
 */
public final class LedgerStore {
    private static final int STREAM_PAGE = 2000;

    /** The events behind a place, oldest first. The second condition says where the index begins: the third is more than it can tell. */
    static final String FOLLOWING = "SELECT " + EventRows.COLUMNS
            + " FROM event WHERE at < ? AND at >= ? AND (at > ? OR id > ?) ORDER BY at, id LIMIT ?";

    private final Database database;

    public LedgerStore(Database database) {
        this.database = database;
    }

    /** The event of an id; what was recorded in the last moments may not be there yet, see {@link LedgerWriter#flush}. */
    public Optional<UsageEvent> event(String id) {
        return database.read(connection -> {
            try (PreparedStatement select =
                    connection.prepareStatement("SELECT " + EventRows.COLUMNS + " FROM event WHERE id = ?")) {
                select.setString(1, EventRows.text(id));
                try (ResultSet row = select.executeQuery()) {
                    return row.next() ? Optional.of(EventRows.read(row)) : Optional.empty();
                }
            }
        });
    }

    /**
     * A page of events, newest first.
     *
     * @throws IllegalArgumentException where the cursor is none
     */
    public EventPage events(EventQuery query) {
        Parameters where = new Parameters("at >= ? AND at < ?")
                .with(Micros.of(query.from()))
                .with(Micros.of(query.to()));
        query.key().ifPresent(key -> where.and("key = ?").with(EventRows.text(key)));
        query.account().ifPresent(account -> where.and("account = ?").with(EventRows.text(account)));
        query.cursor()
                .map(Place::parse)
                .ifPresent(place -> where.and("at <= ? AND (at < ? OR id < ?)") // the first says where an index begins
                        .with(place.at())
                        .with(place.at())
                        .with(EventRows.text(place.id())));
        String sql = "SELECT " + EventRows.COLUMNS + " FROM event WHERE " + where.sql()
                + " ORDER BY at DESC, id DESC LIMIT ?";
        where.with((long) query.limit() + 1);
        List<UsageEvent> found = select(sql, where, EventRows::read);
        if (found.size() <= query.limit()) {
            return new EventPage(found, Optional.empty());
        }
        List<UsageEvent> page = found.subList(0, query.limit());
        return new EventPage(page, Optional.of(Place.of(page.getLast()).text()));
    }

    /** Gives every event of a time, oldest first, page by page: others may write meanwhile. */
    public void eachEvent(Instant from, Instant to, Consumer<UsageEvent> consumer) {
        Place place = new Place(Micros.of(from), "");
        List<UsageEvent> page;
        do {
            Parameters where = new Parameters("")
                    .with(Micros.of(to))
                    .with(place.at())
                    .with(place.at())
                    .with(place.id());
            where.with((long) STREAM_PAGE);
            page = select(FOLLOWING, where, EventRows::read);
            page.forEach(consumer);
            if (!page.isEmpty()) {
                place = Place.of(page.getLast());
            }
        } while (page.size() == STREAM_PAGE);
    }

    /** An event's place in the order of time. */
    private record Place(long at, String id) {
        static Place of(UsageEvent event) {
            return new Place(Micros.of(event.at()), event.id());
        }

        static Place parse(String text) {
            int dot = text.indexOf('.');
            try {
                return new Place(Long.parseLong(text, 0, dot, 10), text.substring(dot + 1));
            } catch (NumberFormatException | IndexOutOfBoundsException e) {
                throw new IllegalArgumentException(
                        "the cursor '" + text + "' is none: expected 'next' of a page before", e);
            }
        }

        String text() {
            return at + "." + id;
        }
    }

    /**
     * Sums by stretch of time and dimension, in order of time; rows without requests are not there.
     *
     * @throws dev.jerboa.gateway.GatewayException also where a sum is beyond {@link SumRange}
     */
    public List<RollupRow> rollups(RollupQuery query) {
        return query.grain() == Grain.HOUR
                ? rollups(query, SumTables.NO_DAYS)
                : rollups(query, SumTables.summedBefore(database));
    }

    /** The same, with days from where they have been summed. */
    List<RollupRow> rollups(RollupQuery query, long summedBefore) {
        EnumSet<Dimension> by = EnumSet.noneOf(Dimension.class);
        by.addAll(query.by());
        List<String> columns = new ArrayList<>();
        columns.add(
                switch (query.grain()) {
                    case HOUR -> "hour";
                    case ALL -> "0";
                    // weeks and months are put together from days, by the calendar
                    case DAY, WEEK, MONTH -> "(hour / 24) * 24";
                });
        by.forEach(dimension -> columns.add(dimension.column()));
        StringBuilder sql = new StringBuilder("SELECT ");
        for (int i = 0; i < columns.size(); i++) {
            sql.append(columns.get(i)).append(" AS g").append(i).append(", ");
        }
        sql.append(Figure.sums());
        Parameters where = new Parameters("1 = 1");
        query.only().forEach((dimension, values) -> where.in(dimension.column(), values));
        sql.append(" FROM ")
                .append(SumTables.rows(query.fromHour(), query.toHour(), summedBefore, query.isByPayer()))
                .append(" WHERE ")
                .append(where.sql());
        groups(sql, columns.size());
        List<RollupRow> rows = select(sql.toString(), where, row -> rollup(row, by));
        try {
            return switch (query.grain()) {
                case HOUR, DAY -> rows;
                case ALL, WEEK, MONTH -> merged(rows, query.grain());
            };
        } catch (ArithmeticException e) {
            throw SumRange.beyond(e);
        }
    }

    private static void groups(StringBuilder sql, int columns) {
        StringBuilder names = new StringBuilder("g0");
        for (int i = 1; i < columns; i++) {
            names.append(", g").append(i);
        }
        sql.append(" GROUP BY ").append(names).append(" ORDER BY ").append(names);
    }

    private static RollupRow rollup(ResultSet row, EnumSet<Dimension> by) throws SQLException {
        int column = 1;
        long hour = row.getLong(column++);
        String endpoint = by.contains(Dimension.ENDPOINT) ? row.getString(column++) : "";
        String key = by.contains(Dimension.KEY) ? row.getString(column++) : "";
        String app = by.contains(Dimension.APP) ? row.getString(column++) : "";
        String payerCountry = by.contains(Dimension.PAYER_COUNTRY) ? row.getString(column++) : "";
        return new RollupRow(hour, endpoint, key, app, payerCountry, sums(row, column));
    }

    private static Sums sums(ResultSet row, int column) throws SQLException {
        long[] values = new long[Figure.all().size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = row.getLong(column + i);
        }
        return Sums.of(values);
    }

    private static List<RollupRow> merged(List<RollupRow> days, Grain grain) {
        Map<RollupRow, Sums> sums = new LinkedHashMap<>();
        for (RollupRow day : days) {
            RollupRow group = new RollupRow(
                    grain.startHour(day.hour()), day.endpoint(), day.key(), day.app(), day.payerCountry(), Sums.NONE);
            sums.merge(group, day.sums(), Sums::plus);
        }
        List<RollupRow> rows = new ArrayList<>(sums.size());
        sums.forEach((group, sum) -> {
            if (sum.requests() > 0) {
                rows.add(new RollupRow(
                        group.hour(), group.endpoint(), group.key(), group.app(), group.payerCountry(), sum));
            }
        });
        return rows;
    }

    /** Adds sums that no event stands behind: seeds and imports. */
    public void addRollups(List<RollupRow> rows) {
        database.run(connection -> Rollups.add(connection, database.kind(), rows));
    }

    /**
     * What was used of endpoints, by day (UTC), newest day first.
     *
     * @param to the day behind the last
     * @param keys of these keys only; empty for all
     */
    public List<ActivityRow> activity(LocalDate from, LocalDate to, Optional<List<String>> keys) {
        CatalogRows.History<CatalogRows.EndpointRow> endpoints = new CatalogRows(database).endpoints();
        RollupQuery query = RollupQuery.of(Grain.hourOf(from), Grain.hourOf(to), Grain.DAY, Dimension.ENDPOINT);
        List<ActivityRow> rows = new ArrayList<>();
        for (RollupRow row : rollups(keys.isPresent() ? query.only(Dimension.KEY, keys.get()) : query)) {
            Instant end = Instant.ofEpochSecond((row.hour() + 24) * 3600 - 1);
            Optional<CatalogRows.EndpointRow> endpoint = endpoints.at(row.endpoint(), end);
            rows.add(new ActivityRow(
                    LocalDate.ofEpochDay(row.hour() / 24),
                    row.endpoint(),
                    endpoint.map(CatalogRows.EndpointRow::model).orElse(""),
                    endpoint.map(CatalogRows.EndpointRow::provider).orElse(""),
                    row.sums()));
        }
        return rows.reversed();
    }

    /** How long things took, by stretch of time and endpoint. */
    public List<LatencyRow> latencies(long fromHour, long toHour, Grain grain, LatencyBuckets.Kind kind) {
        Parameters where = hours(fromHour, toHour).and("kind = ?").with(kind.text());
        Map<LatencyRow, Long> counts = new LinkedHashMap<>();
        for (LatencyRow row : select(
                "SELECT hour, endpoint, bucket, SUM(count) FROM latency WHERE " + where.sql()
                        + " GROUP BY hour, endpoint, bucket ORDER BY hour, endpoint, bucket",
                where,
                row -> new LatencyRow(row.getLong(1), row.getString(2), kind, row.getInt(3), row.getLong(4)))) {
            counts.merge(
                    new LatencyRow(grain.startHour(row.hour()), row.endpoint(), kind, row.bucket(), 0),
                    row.count(),
                    Math::addExact);
        }
        List<LatencyRow> rows = new ArrayList<>(counts.size());
        counts.forEach((row, count) -> rows.add(new LatencyRow(row.hour(), row.endpoint(), kind, row.bucket(), count)));
        return rows;
    }

    /** Adds to how long things took: what no event has, such as the gateway's own share. */
    public void addLatencies(List<LatencyRow> rows) {
        database.run(connection -> Rollups.addLatencies(connection, rows));
    }

    /** Adds to how many requests were put to nobody: there are no events of them. */
    public void addRefusals(List<RefusalRow> rows) {
        database.run(connection -> Rollups.addRefusals(connection, rows));
    }

    /** How attempts ended, by stretch of time and endpoint. */
    public List<OutcomeRow> outcomes(long fromHour, long toHour, Grain grain) {
        Parameters where = hours(fromHour, toHour);
        Map<OutcomeRow, Long> counts = new LinkedHashMap<>();
        for (OutcomeRow row : select(
                "SELECT hour, endpoint, outcome, count FROM attempt_outcome WHERE " + where.sql()
                        + " ORDER BY hour, endpoint, outcome",
                where,
                row -> new OutcomeRow(row.getLong(1), row.getString(2), row.getString(3), row.getLong(4)))) {
            counts.merge(
                    new OutcomeRow(grain.startHour(row.hour()), row.endpoint(), row.outcome(), 0),
                    row.count(),
                    Math::addExact);
        }
        List<OutcomeRow> rows = new ArrayList<>(counts.size());
        counts.forEach((row, count) -> rows.add(new OutcomeRow(row.hour(), row.endpoint(), row.outcome(), count)));
        return rows;
    }

    /**
     * Deletes some of the events that began before a time, the oldest first; sums stay. Those stay too that are still to be sent elsewhere
     * ({@link Outbox}), and those that the journal of a node may still have, as it was killed a day or less after them and has not come
     * back: written again, they would count twice.
     *
     * @param most how many at most, so that who writes meanwhile is not kept waiting; several nodes that delete share the work
     * @return how many
     */
    public int deleteEventsBefore(Instant time, int most) {
        String skip = database.kind() == Database.Kind.POSTGRESQL ? " FOR UPDATE SKIP LOCKED" : "";
        return database.write(connection -> {
            try (PreparedStatement delete = connection.prepareStatement("DELETE FROM event WHERE id IN"
                    + " (SELECT id FROM event WHERE at < ? AND NOT EXISTS"
                    + " (SELECT 1 FROM node WHERE node.name = event.node AND event.at > node.seen - ?)"
                    + " AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.node = event.node AND outbox.id = event.id)"
                    + " ORDER BY at LIMIT ?" + skip + ")")) {
                delete.setLong(1, Micros.of(time));
                delete.setLong(2, 24 * Micros.HOUR);
                delete.setInt(3, most);
                return delete.executeUpdate();
            }
        });
    }

    private static Parameters hours(long from, long to) {
        return new Parameters("hour >= ? AND hour < ?").with(from).with(to);
    }

    /** A value from a row. */
    private interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    private <T> List<T> select(String sql, Parameters parameters, Reader<T> reader) {
        return database.read(connection -> select(connection, sql, parameters, reader));
    }

    private static <T> List<T> select(Connection connection, String sql, Parameters parameters, Reader<T> reader)
            throws SQLException {
        List<T> rows = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            parameters.set(select);
            try (ResultSet result = select.executeQuery()) {
                while (result.next()) {
                    rows.add(reader.read(result));
                }
            }
        }
        return rows;
    }
}
