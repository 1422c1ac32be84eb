package dev.jerboa.spark;

import static java.util.Objects.requireNonNull;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.ledger.EventFields;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.ledger.export.LedgerTable;
import dev.jerboa.gateway.ledger.export.TableColumn;
import dev.jerboa.model.ModelException;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.Row;

/**
 * A row of the table {@code event} as an event. Columns are found by their places in {@link LedgerTable#EVENT}: rows that Spark hands from
 * one function to the next do not know their names.
 */
record EventRow(Row row) implements EventFields<RuntimeException> {
    private static final Map<String, Integer> PLACES = places();

    private static Map<String, Integer> places() {
        Map<String, Integer> places = new HashMap<>();
        for (TableColumn column : LedgerTable.EVENT.columns()) {
            places.put(column.name(), places.size());
        }
        return Map.copyOf(places);
    }

    private static int place(String column) {
        return requireNonNull(PLACES.get(column), column);
    }

    /** @throws GatewayException that names the event, where the row is none */
    static UsageEvent event(Row row) {
        EventRow fields = new EventRow(row);
        try {
            return EventFields.read(fields);
        } catch (IllegalArgumentException | ArithmeticException | ModelException e) {
            throw new GatewayException(
                    "the event " + fields.text("id") + " is none: " + e.getMessage()
                            + "; the ledger or its export was changed by hand, or is damaged",
                    e);
        }
    }

    @Override
    public String text(String column) {
        return row.getString(place(column));
    }

    @Override
    public long number(String column) {
        return row.getLong(place(column));
    }

    @Override
    public boolean isNull(String column) {
        return row.isNullAt(place(column));
    }
}
