package dev.jerboa.gateway.ledger;

import java.sql.SQLException;

/** Takes the values of a row, column by column. */
interface RowValues {
    void text(String value) throws SQLException;

    void number(long value) throws SQLException;

    /** A column of numbers that has none. */
    void noNumber() throws SQLException;
}
