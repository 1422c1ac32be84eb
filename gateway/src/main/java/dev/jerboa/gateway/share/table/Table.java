package dev.jerboa.gateway.share.table;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Rows of values under named columns. Immutable.
 *
 * @param id unique within its chart
 * @param rows in order; values are {@code String}, {@code Long}, {@code BigDecimal}, {@code Boolean}, or null where there is none
 */
public record Table(String id, String title, List<Column> columns, List<List<@Nullable Object>> rows) {
    public Table {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }

    /** Begins a table. */
    public static Draft of(String id, String title) {
        return new Draft(id, title);
    }

    /** A table that is being filled. One thread. */
    public static final class Draft {
        private final String id;
        private final String title;
        private final List<Column> columns = new ArrayList<>();
        private final List<List<@Nullable Object>> rows = new ArrayList<>();

        private Draft(String id, String title) {
            this.id = id;
            this.title = title;
        }

        public Draft column(String columnId, String columnTitle, Unit unit) {
            columns.add(new Column(columnId, columnTitle, unit));
            return this;
        }

        /** Adds a row with a value for each column. */
        public Draft row(@Nullable Object... values) {
            if (values.length != columns.size()) {
                throw new IllegalArgumentException(
                        "table " + id + ": expected " + columns.size() + " values a row, found " + values.length);
            }
            List<@Nullable Object> row = new ArrayList<>(values.length);
            for (Object value : values) {
                row.add(value);
            }
            rows.add(row);
            return this;
        }

        /** How many rows it has so far. */
        public int size() {
            return rows.size();
        }

        public Table table() {
            return new Table(id, title, columns, rows);
        }
    }
}
