package dev.jerboa.gateway.ledger;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** A condition of SQL with its parameters in order. One thread. */
final class Parameters {
    private final StringBuilder sql;
    private final List<Object> values = new ArrayList<>();

    Parameters(String sql) {
        this.sql = new StringBuilder(sql);
    }

    Parameters and(String condition) {
        sql.append(" AND ").append(condition);
        return this;
    }

    Parameters with(Object value) {
        values.add(value);
        return this;
    }

    void in(String column, List<String> texts) {
        if (texts.isEmpty()) {
            and("1 = 0");
            return;
        }
        and(column + " IN (?" + ", ?".repeat(texts.size() - 1) + ")");
        texts.forEach(text -> with(EventRows.text(text)));
    }

    String sql() {
        return sql.toString();
    }

    void set(PreparedStatement statement) throws SQLException {
        for (int i = 0; i < values.size(); i++) {
            switch (values.get(i)) {
                case String text -> statement.setString(i + 1, text);
                case Long number -> statement.setLong(i + 1, number);
                default -> throw new IllegalStateException("neither text nor number");
            }
        }
    }
}
