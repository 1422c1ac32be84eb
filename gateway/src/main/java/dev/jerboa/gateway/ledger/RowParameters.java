package dev.jerboa.gateway.ledger;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;

/** Values of a row as parameters of a statement. */
final class RowParameters implements RowValues {
    private final PreparedStatement statement;
    private int at;

    RowParameters(PreparedStatement statement) {
        this.statement = statement;
    }

    @Override
    public void text(String value) throws SQLException {
        statement.setString(++at, value);
    }

    @Override
    public void number(long value) throws SQLException {
        statement.setLong(++at, value);
    }

    @Override
    public void noNumber() throws SQLException {
        statement.setNull(++at, Types.BIGINT);
    }
}
