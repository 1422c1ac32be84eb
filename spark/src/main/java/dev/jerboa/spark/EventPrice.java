package dev.jerboa.spark;

import dev.jerboa.gateway.ledger.StoredPrices;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.ledger.audit.Rerating;
import java.util.Optional;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * An event's row → what it would have cost at other prices, by the ledger's own code; with {@code rated} 0 where it has none there.
 *
 * @param prices by the version that an event has; or by endpoint, for prices that are not its own
 */
record EventPrice(PriceTexts prices, boolean byEndpoint) implements MapFunction<Row, Row> {
    static final StructType SCHEMA = new StructType()
            .add("day", DataTypes.StringType)
            .add("endpoint", DataTypes.StringType)
            .add("model", DataTypes.StringType)
            .add("rated", DataTypes.LongType)
            .add("requests", DataTypes.LongType)
            .add("tokens", DataTypes.LongType)
            .add("paid_nanos", DataTypes.LongType)
            .add("other_nanos", DataTypes.LongType);

    @Override
    public Row call(Row row) {
        UsageEvent event = EventRow.event(row);
        Optional<Rerating.Line> rated = Rerating.Line.of(event, other());
        return rated.map(line -> RowFactory.create(
                        line.day().toString(),
                        line.endpoint(),
                        line.model(),
                        1L,
                        line.requests(),
                        line.tokens(),
                        line.paidNanos(),
                        line.otherNanos()))
                .orElseGet(() ->
                        RowFactory.create("", "", "", 0L, 1L, 0L, event.cost().nanos(), 0L));
    }

    private Rerating.Prices other() {
        StoredPrices stored = prices.prices();
        return byEndpoint
                ? event -> stored.rates(
                        event.offer().endpoint(),
                        event.offer().endpoint(),
                        event.at(),
                        event.used().tokens().prompt(),
                        event.used().service().tier())
                : Rerating.asPaid(stored);
    }
}
