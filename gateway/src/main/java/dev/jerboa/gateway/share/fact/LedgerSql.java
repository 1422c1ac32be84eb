package dev.jerboa.gateway.share.fact;

import dev.jerboa.gateway.ledger.SumTables;
import java.util.List;
import java.util.function.Function;

/**
 * A ledger that answers SQL: a database by JDBC, or exported files by Spark. The SQL is what SQLite, PostgreSQL and Spark have in common.
 * Thread-safe.
 */
public interface LedgerSql {
    /** One row of an answer; columns count from 1. */
    interface Row {
        /** A whole number. */
        long number(int column);

        double decimal(int column);

        /** A text; empty where there is none. */
        String text(int column);

        boolean isNull(int column);
    }

    /**
     * The rows that a query finds, in order.
     *
     * @param parameters {@code Long} or {@code String}, for the query's question marks
     * @throws dev.jerboa.gateway.GatewayException where the ledger cannot be asked, or finds more rows than a chart may have
     */
    <T> List<T> rows(String sql, List<Object> parameters, Function<Row, T> reader);

    /** The hour before which days have sums of their own beside those of their hours: see {@link SumTables}. None, unless it says so. */
    default long summedBefore() {
        return SumTables.NO_DAYS;
    }
}
