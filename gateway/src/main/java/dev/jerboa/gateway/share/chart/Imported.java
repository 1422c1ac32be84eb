package dev.jerboa.gateway.share.chart;

import dev.jerboa.gateway.share.fact.Bucket;
import dev.jerboa.gateway.share.fact.FactReader;
import dev.jerboa.gateway.share.table.Table;
import dev.jerboa.gateway.share.table.Unit;
import java.math.BigDecimal;
import java.util.List;

/** Figures of others, as they are in the ledger: with their sources and definitions, and never mixed with one's own. */
final class Imported {
    private static final long HOURS_OF_DAY = 24;

    private Imported() {}

    /** @param where a condition on series, with its parameters */
    static Table table(FactReader reader, String id, String title, String where, List<Object> parameters) {
        Table.Draft table = Table.of(id, title)
                .column("source", "Source", Unit.TEXT)
                .column("name", "Figure", Unit.TEXT)
                .column("day", "Day", Unit.TIME)
                .column("group", "Of", Unit.TEXT)
                .column("amount", "Amount", Unit.AMOUNT)
                .column("definition", "Definition", Unit.TEXT);
        reader.sql()
                .rows(
                        "SELECT source, name, day, dimension, amount, definition FROM series WHERE " + where
                                + " ORDER BY source, name, day, dimension",
                        parameters,
                        row -> table.row(
                                row.text(1),
                                row.text(2),
                                Bucket.DAY.shown(row.number(3) * HOURS_OF_DAY),
                                row.text(4),
                                plain(row.decimal(5)),
                                row.text(6)));
        return table.table();
    }

    static BigDecimal plain(double amount) {
        BigDecimal exact = BigDecimal.valueOf(amount).stripTrailingZeros();
        return exact.scale() < 0 ? exact.setScale(0) : exact;
    }
}
