package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.store.Database;
import dev.jerboa.gateway.store.Micros;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Labs, models, providers and endpoints as they were at any time, and what their prices said: what a catalogue leaves in the store, so that
 * charts can say "as then" and "as now". A row counts from its time until the next of the same id. Thread-safe.
 */
public final class CatalogRows {
    /** A row with the time from which it counts. */
    public record Dated<T>(Instant validFrom, T row) {}

    public record LabRow(String id, String name, String country) {}

    public record ModelRow(
            String id,
            String lab,
            String name,
            String family,
            String openness,
            String licence,
            OptionalLong parameters,
            OptionalLong activeParameters,
            long context,
            String tokenizer,
            boolean reasoning,
            boolean tools,
            Optional<LocalDate> released) {}

    public record ProviderRow(
            String id, String name, String country, String dialect, boolean trains, boolean retains) {}

    public record EndpointRow(
            String id,
            String model,
            String provider,
            String variant,
            String quantization,
            long context,
            long maxOutput,
            String priceVersion) {}

    /** Rows of one kind by id and time. Immutable. */
    public static final class History<T> {
        private final Map<String, TreeMap<Instant, T>> rows = new HashMap<>();

        History(List<Dated<T>> all, Function<T, String> id) {
            all.forEach(dated -> rows.computeIfAbsent(id.apply(dated.row()), key -> new TreeMap<>())
                    .put(dated.validFrom(), dated.row()));
        }

        /** The row of an id at a time; the first one for times before it, since the id was used then. */
        public Optional<T> at(String id, Instant time) {
            TreeMap<Instant, T> dated = rows.get(id);
            if (dated == null) {
                return Optional.empty();
            }
            var entry = dated.floorEntry(time);
            return Optional.of((entry == null ? dated.firstEntry() : entry).getValue());
        }

        /** The newest row of an id. */
        public Optional<T> now(String id) {
            return Optional.ofNullable(rows.get(id))
                    .map(dated -> dated.lastEntry().getValue());
        }

        /** The newest row of every id. */
        public List<T> now() {
            return rows.values().stream()
                    .map(dated -> dated.lastEntry().getValue())
                    .toList();
        }
    }

    private final Database database;

    public CatalogRows(Database database) {
        this.database = database;
    }

    public History<LabRow> labs() {
        return new History<>(
                select(
                        "SELECT valid_from, id, name, country FROM lab",
                        row -> new LabRow(row.getString(2), row.getString(3), row.getString(4))),
                LabRow::id);
    }

    public History<ModelRow> models() {
        return new History<>(
                select(
                        "SELECT valid_from, id, lab, name, family, openness, licence, parameters, active_parameters, context,"
                                + " tokenizer, reasoning, tools, released FROM model",
                        CatalogRows::model),
                ModelRow::id);
    }

    private static ModelRow model(ResultSet row) throws SQLException {
        String released = row.getString(14);
        return new ModelRow(
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                row.getString(7),
                count(row, 8),
                count(row, 9),
                row.getLong(10),
                row.getString(11),
                row.getInt(12) != 0,
                row.getInt(13) != 0,
                released == null ? Optional.empty() : Optional.of(LocalDate.parse(released)));
    }

    private static OptionalLong count(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(value);
    }

    public History<ProviderRow> providers() {
        return new History<>(
                select(
                        "SELECT valid_from, id, name, country, dialect, trains, retains FROM provider",
                        row -> new ProviderRow(
                                row.getString(2),
                                row.getString(3),
                                row.getString(4),
                                row.getString(5),
                                row.getInt(6) != 0,
                                row.getInt(7) != 0)),
                ProviderRow::id);
    }

    public History<EndpointRow> endpoints() {
        return new History<>(
                select(
                        "SELECT valid_from, id, model, provider, variant, quantization, context, max_output, price_version"
                                + " FROM endpoint",
                        row -> new EndpointRow(
                                row.getString(2),
                                row.getString(3),
                                row.getString(4),
                                row.getString(5),
                                row.getString(6),
                                row.getLong(7),
                                row.getLong(8),
                                row.getString(9))),
                EndpointRow::id);
    }

    /** A row from a row of the store. */
    private interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    private <T> List<Dated<T>> select(String sql, Reader<T> reader) {
        return database.read(connection -> {
            List<Dated<T>> rows = new ArrayList<>();
            try (PreparedStatement statement = connection.prepareStatement(sql);
                    ResultSet result = statement.executeQuery()) {
                while (result.next()) {
                    rows.add(new Dated<>(Micros.instant(result.getLong(1)), reader.read(result)));
                }
            }
            return rows;
        });
    }

    /**
     * Adds rows that count from a time on, in one transaction; a row of the same id and time is left as it is.
     *
     * @param prices what versions of prices say, by version
     */
    public void add(
            Instant validFrom,
            List<LabRow> labs,
            List<ModelRow> models,
            List<ProviderRow> providers,
            List<EndpointRow> endpoints,
            Map<String, String> prices) {
        long from = Micros.of(validFrom);
        database.run(connection -> {
            for (LabRow lab : labs) {
                insert(
                        connection,
                        "INSERT INTO lab (id, valid_from, name, country)",
                        lab.id(),
                        from,
                        lab.name(),
                        lab.country());
            }
            for (ModelRow model : models) {
                insert(
                        connection,
                        "INSERT INTO model (id, valid_from, lab, name, family, openness, licence, parameters, active_parameters,"
                                + " context, tokenizer, reasoning, tools, released)",
                        model.id(),
                        from,
                        model.lab(),
                        model.name(),
                        model.family(),
                        model.openness(),
                        model.licence(),
                        boxed(model.parameters()),
                        boxed(model.activeParameters()),
                        model.context(),
                        model.tokenizer(),
                        model.reasoning() ? 1L : 0L,
                        model.tools() ? 1L : 0L,
                        model.released().map(LocalDate::toString).orElse(null));
            }
            for (ProviderRow provider : providers) {
                insert(
                        connection,
                        "INSERT INTO provider (id, valid_from, name, country, dialect, trains, retains)",
                        provider.id(),
                        from,
                        provider.name(),
                        provider.country(),
                        provider.dialect(),
                        provider.trains() ? 1L : 0L,
                        provider.retains() ? 1L : 0L);
            }
            for (EndpointRow endpoint : endpoints) {
                insert(
                        connection,
                        "INSERT INTO endpoint (id, valid_from, model, provider, variant, quantization, context, max_output,"
                                + " price_version)",
                        endpoint.id(),
                        from,
                        endpoint.model(),
                        endpoint.provider(),
                        endpoint.variant(),
                        endpoint.quantization(),
                        endpoint.context(),
                        endpoint.maxOutput(),
                        endpoint.priceVersion());
            }
            for (Map.Entry<String, String> price : prices.entrySet()) {
                insert(connection, "INSERT INTO price (version, schedule)", price.getKey(), price.getValue());
            }
        });
    }

    private static @Nullable Long boxed(OptionalLong value) {
        return value.isPresent() ? (Long) value.getAsLong() : null;
    }

    private static void insert(Connection connection, String into, @Nullable Object... values) throws SQLException {
        String sql = into + " VALUES (?" + ", ?".repeat(values.length - 1) + ") ON CONFLICT DO NOTHING";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                switch (values[i]) {
                    case String text -> statement.setString(i + 1, text);
                    case Long number -> statement.setLong(i + 1, number);
                    case null ->
                        statement.setNull(i + 1, into.contains("parameters") && i < 9 ? Types.BIGINT : Types.VARCHAR);
                    default -> throw new IllegalArgumentException("neither text nor number: " + values[i]);
                }
            }
            statement.executeUpdate();
        }
    }

    /** What a version of prices says. */
    public Optional<String> price(String version) {
        return database.read(connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement("SELECT schedule FROM price WHERE version = ?")) {
                statement.setString(1, version);
                try (ResultSet row = statement.executeQuery()) {
                    return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
                }
            }
        });
    }
}
