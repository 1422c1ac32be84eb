package dev.jerboa.spark;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.share.fact.LedgerSql;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.sql.SparkSession;

/** A ledger whose tables are views of a Spark session. Thread-safe. */
final class SparkLedger implements LedgerSql {
    private static final int MOST_ROWS = 2_000_000;

    private final SparkSession spark;

    SparkLedger(SparkSession spark) {
        this.spark = spark;
    }

    @Override
    public <T> List<T> rows(String sql, List<Object> parameters, Function<Row, T> reader) {
        Iterator<org.apache.spark.sql.Row> found =
                spark.sql(sql, (Object) parameters.toArray()).toLocalIterator();
        List<T> rows = new ArrayList<>();
        while (found.hasNext()) {
            if (rows.size() == MOST_ROWS) {
                throw new GatewayException("the ledger has more than " + MOST_ROWS
                        + " rows for this: ask for less time, or for longer periods");
            }
            rows.add(reader.apply(new Found(found.next())));
        }
        return rows;
    }

    private record Found(org.apache.spark.sql.Row row) implements Row {
        @Override
        public long number(int column) {
            return row.isNullAt(column - 1) ? 0 : row.getLong(column - 1);
        }

        @Override
        public double decimal(int column) {
            return row.isNullAt(column - 1) ? 0 : row.getDouble(column - 1);
        }

        @Override
        public String text(int column) {
            return row.isNullAt(column - 1) ? "" : row.getString(column - 1);
        }

        @Override
        public boolean isNull(int column) {
            return row.isNullAt(column - 1);
        }
    }
}
