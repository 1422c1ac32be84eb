package dev.jerboa.spark;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.ledger.Figure;
import dev.jerboa.gateway.ledger.audit.Rerating;
import dev.jerboa.gateway.ledger.export.LedgerTable;
import dev.jerboa.gateway.share.Chart;
import dev.jerboa.gateway.share.Charts;
import dev.jerboa.gateway.share.fact.ShareQuery;
import dev.jerboa.gateway.share.table.Drawn;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.StringJoiner;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;

/**
 * A ledger's tables as views of a session of their own, and what is asked of them. Sums by hour are made of the events once and kept;
 * charts read those in place of the ledger's, and the ledger's for hours that are before. One thread.
 */
final class Analysis implements AutoCloseable {
    private final SparkSession spark;
    private final Tables tables;
    private final boolean recounted;
    private final SparkLedger sql;
    private final List<Dataset<Row>> kept = new ArrayList<>();

    /**
     * @param recounted whether sums are made of events; else they are the ledger's, and events are not read for charts
     * @throws GatewayException where a table has not the rows that it must have
     */
    Analysis(SparkSession session, Tables tables, boolean recounted) {
        this.spark = session.newSession();
        this.tables = tables;
        this.recounted = recounted;
        this.sql = new SparkLedger(spark);
        spark.conf().set("spark.sql.ansi.enabled", "true"); // sums beyond 64 bits are errors
        LedgerTable.allButEvents().forEach(table -> {
            Dataset<Row> rows = kept(tables.read(spark, table));
            tables.rows(table).ifPresent(expected -> require(table, expected, rows.count()));
            rows.createOrReplaceTempView(table == LedgerTable.ROLLUP ? "stored" : table.table());
        });
        if (recounted) {
            recount();
        } else {
            spark.sql("SELECT * FROM stored").createOrReplaceTempView("rollup");
        }
    }

    private Dataset<Row> kept(Dataset<Row> rows) {
        Dataset<Row> all = rows.persist(StorageLevel.MEMORY_AND_DISK());
        kept.add(all);
        return all;
    }

    private void require(LedgerTable table, long expected, long found) {
        if (expected != found) {
            throw new GatewayException(tables.name() + ": the table " + table.table() + " has " + found
                    + " rows, expected " + expected + " as export.json says: the export is damaged; export it anew");
        }
    }

    private void recount() {
        EventSums.of(tables.read(spark, LedgerTable.EVENT), new PriceTexts(versions()))
                .createOrReplaceTempView("request");
        StringJoiner sums = new StringJoiner(", ");
        Figure.columns().forEach(column -> sums.add("SUM(" + column + ") AS " + column));
        Dataset<Row> recount = kept(spark.sql("SELECT hour, endpoint, key, app, payer_country, " + sums
                + " FROM request GROUP BY hour, endpoint, key, app, payer_country"));
        recount.createOrReplaceTempView("recounted");
        OptionalLong expected = tables.rows(LedgerTable.EVENT);
        if (expected.isPresent()) {
            long found = sql.rows("SELECT SUM(requests) FROM recounted", List.of(), row -> row.number(1))
                    .getFirst();
            require(LedgerTable.EVENT, expected.getAsLong(), found);
        }
        spark.sql("SELECT * FROM recounted UNION ALL SELECT * FROM stored WHERE hour < "
                        + tables.span().from())
                .createOrReplaceTempView("rollup");
    }

    /** The texts of the prices that the ledger has known, by version. */
    private Map<String, String> versions() {
        Map<String, String> texts = new HashMap<>();
        sql.rows("SELECT version, schedule FROM price", List.of(), row -> Map.entry(row.text(1), row.text(2)))
                .forEach(price -> texts.put(price.getKey(), price.getValue()));
        return texts;
    }

    /**
     * Whether the ledger's sums are those of its events.
     *
     * @throws IllegalStateException where sums were not recounted
     */
    RollupCheck check() {
        if (!recounted) {
            throw new IllegalStateException("sums were not recounted");
        }
        return RollupCheck.of(sql, tables.span());
    }

    /** The views: {@code rollup}, which charts read; {@code stored} and {@code recounted}, which it is made of; the other tables. */
    SparkLedger sql() {
        return sql;
    }

    /** Draws a chart by the code that the gateway draws it by. */
    Drawn chart(Chart chart, ShareQuery query) {
        return new Charts(sql).draw(chart, query);
    }

    /**
     * Rates all requests again.
     *
     * @param byEndpoint other prices as texts, by endpoint; empty for those that requests were written with
     */
    Rerating.Report rerate(Optional<Map<String, String>> byEndpoint) {
        PriceTexts prices = new PriceTexts(byEndpoint.orElseGet(this::versions));
        tables.read(spark, LedgerTable.EVENT)
                .map(new EventPrice(prices, byEndpoint.isPresent()), Encoders.row(EventPrice.SCHEMA))
                .createOrReplaceTempView("priced");
        List<Rerating.Line> lines = new ArrayList<>();
        long[] unrated = new long[2];
        sql.rows(
                "SELECT day, endpoint, model, rated, SUM(requests), SUM(tokens), SUM(paid_nanos), SUM(other_nanos) FROM priced"
                        + " GROUP BY day, endpoint, model, rated ORDER BY day, endpoint, model",
                List.of(),
                row -> {
                    if (row.number(4) == 0) {
                        unrated[0] = row.number(5);
                        unrated[1] = row.number(7);
                        return false;
                    }
                    return lines.add(new Rerating.Line(
                            LocalDate.parse(row.text(1)),
                            row.text(2),
                            row.text(3),
                            row.number(5),
                            row.number(6),
                            row.number(7),
                            row.number(8)));
                });
        return new Rerating.Report(lines, unrated[0], unrated[1]);
    }

    @Override
    public void close() {
        kept.forEach(rows -> rows.unpersist(true));
    }
}
