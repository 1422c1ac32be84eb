package dev.jerboa.spark;

import dev.jerboa.gateway.config.Secrets;
import dev.jerboa.gateway.config.StoreConfig;
import dev.jerboa.gateway.ledger.export.LedgerTable;
import dev.jerboa.gateway.ledger.export.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Properties;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * The tables of a store, read only; events in slices of time, each by a connection of its own. Slices are not of one moment: what a gateway
 * writes meanwhile may be in some of them, so the time should be one that is over.
 */
record StoredTables(String jdbcUrl, Properties properties, Span span, int slices) implements Tables {
    private static final String FETCHED = "5000";

    /** @param slices how many parts events are read in, at most; one an hour where there are fewer hours */
    static StoredTables of(StoreConfig store, Secrets secrets, Span span, int slices) {
        Properties properties = new Properties();
        properties.setProperty("fetchsize", FETCHED);
        return switch (store) {
            case StoreConfig.Sqlite sqlite -> {
                properties.setProperty("driver", "org.sqlite.JDBC");
                yield new StoredTables("jdbc:sqlite:" + sqlite.file().toAbsolutePath(), properties, span, slices);
            }
            case StoreConfig.Postgres server -> {
                properties.setProperty("driver", "org.postgresql.Driver");
                properties.setProperty("user", server.user().orElse("postgres"));
                server.password()
                        .ifPresent(reference -> properties.setProperty("password", secrets.resolve(reference)));
                properties.setProperty("ApplicationName", "jerboa-spark");
                yield new StoredTables(server.jdbcUrl(), properties, span, slices);
            }
        };
    }

    @Override
    public Dataset<Row> read(SparkSession spark, LedgerTable table) {
        String[] conditions = table == LedgerTable.EVENT
                ? parts().stream().map(table::where).toArray(String[]::new)
                : new String[] {table.where(span)};
        Column[] columns = table.columns().stream()
                .map(column -> functions.col("`" + column.name() + "`"))
                .toArray(Column[]::new);
        return spark.read()
                .option("customSchema", Schemas.declared(table))
                .jdbc(jdbcUrl, table.table(), conditions, properties)
                .select(columns);
    }

    /** The time in parts of whole hours that touch and do not overlap. */
    List<Span> parts() {
        long hours = span.to() - span.from();
        int count = (int) Math.min(hours, slices);
        List<Span> parts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            parts.add(new Span(span.from() + hours * i / count, span.from() + hours * (i + 1) / count));
        }
        return parts;
    }

    @Override
    public OptionalLong rows(LedgerTable table) {
        return OptionalLong.empty();
    }

    @Override
    public String name() {
        int query = jdbcUrl.indexOf('?');
        return query < 0 ? jdbcUrl : jdbcUrl.substring(0, query);
    }

    /** Without the password. */
    @Override
    public String toString() {
        return name();
    }
}
