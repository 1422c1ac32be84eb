package dev.jerboa.gateway.ledger.export;

/**
 * A column of a table.
 *
 * @param nullable whether a row may have nothing there
 * @param late whether exports of before do not have it: an empty text, or 0, is meant then
 */
public record TableColumn(String name, Kind kind, boolean nullable, boolean late) {
    /** What its values are. */
    public enum Kind {
        TEXT,
        /** 64 bits; truth values are 0 and 1. */
        WHOLE,
        /** Floating point: figures of others, never money. */
        DECIMAL
    }

    static TableColumn text(String name) {
        return new TableColumn(name, Kind.TEXT, false, false);
    }

    static TableColumn whole(String name) {
        return new TableColumn(name, Kind.WHOLE, false, false);
    }

    static TableColumn decimal(String name) {
        return new TableColumn(name, Kind.DECIMAL, false, false);
    }

    TableColumn orNull() {
        return new TableColumn(name, kind, true, late);
    }

    TableColumn added() {
        return new TableColumn(name, kind, nullable, true);
    }
}
