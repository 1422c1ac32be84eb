package dev.jerboa.spark;

import dev.jerboa.gateway.ledger.RollupRow;
import dev.jerboa.gateway.ledger.export.LedgerTable;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** An event's row → what it adds to {@code rollup}, by the ledger's own code. */
record EventSums(PriceTexts prices) implements MapFunction<Row, Row> {
    private static final int KEYS = 5;

    static Dataset<Row> of(Dataset<Row> events, PriceTexts prices) {
        return events.map(new EventSums(prices), Encoders.row(Schemas.of(LedgerTable.ROLLUP)));
    }

    @Override
    public Row call(Row row) {
        RollupRow rollup = RollupRow.of(EventRow.event(row), prices.prices());
        long[] sums = rollup.sums().values();
        Object[] values = new Object[KEYS + sums.length];
        values[0] = rollup.hour();
        values[1] = rollup.endpoint();
        values[2] = rollup.key();
        values[3] = rollup.app();
        values[4] = rollup.payerCountry();
        for (int i = 0; i < sums.length; i++) {
            values[KEYS + i] = sums[i];
        }
        return RowFactory.create(values);
    }
}
