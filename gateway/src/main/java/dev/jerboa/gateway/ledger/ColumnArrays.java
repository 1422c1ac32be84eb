package dev.jerboa.gateway.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.StringJoiner;

/** Values of many rows, column by column, as the arrays that PostgreSQL's {@code unnest} makes rows of. One thread. */
final class ColumnArrays implements RowValues {
    private final Object[][] columns;
    private final int rows;
    private int row;
    private int column;

    ColumnArrays(int columns, int rows) {
        this.columns = new Object[columns][];
        this.rows = rows;
    }

    @Override
    public void text(String value) {
        if (row == 0) {
            columns[column] = new String[rows];
        }
        columns[column++][row] = value;
    }

    @Override
    public void number(long value) {
        noNumber();
        columns[column - 1][row] = value;
    }

    @Override
    public void noNumber() {
        if (row == 0) {
            columns[column] = new Long[rows];
        }
        column++;
    }

    /** What follows is of the next row. */
    void next() {
        row++;
        column = 0;
    }

    private static String type(Object[] values) {
        return values instanceof String[] ? "text" : "int8";
    }

    /** The query of all rows, with a parameter for each column. */
    String select() {
        StringJoiner marks = new StringJoiner(", ", "SELECT * FROM unnest(", ")");
        for (Object[] values : columns) {
            marks.add("?::" + type(values) + "[]");
        }
        return marks.toString();
    }

    /** Gives a statement the columns, as its first parameters. */
    void set(Connection connection, PreparedStatement statement) throws SQLException {
        for (int i = 0; i < columns.length; i++) {
            statement.setArray(i + 1, connection.createArrayOf(type(columns[i]), columns[i]));
        }
    }
}
