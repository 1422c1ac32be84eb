package dev.jerboa.gateway.ledger.export;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.json.JsonOut;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A row of a table as a line: one JSON object with every column, in order. */
public final class TableLine {
    /** The longest line that is read; the longest that is written is a fraction of it. */
    public static final int MOST_CHARS = 4 << 20;

    private static final int SHOWN = 60;

    private TableLine() {}

    /** The line of the row that an answer is at, whose columns are the table's, in order. */
    static String write(LedgerTable table, ResultSet row) throws SQLException {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        List<TableColumn> columns = table.columns();
        for (int i = 0; i < columns.size(); i++) {
            TableColumn column = columns.get(i);
            values.put(column.name(), value(row, i + 1, column));
        }
        return JsonOut.line(values);
    }

    private static @Nullable Object value(ResultSet row, int at, TableColumn column) throws SQLException {
        Object value = switch (column.kind()) {
            case TEXT -> row.getString(at);
            case WHOLE -> row.getLong(at);
            case DECIMAL -> row.getDouble(at);
        };
        return row.wasNull() ? null : value;
    }

    /**
     * The values of a line, in the order of the table's columns: {@code String}, {@code Long}, {@code Double}, or null.
     *
     * @param file names the line's file in messages
     * @throws GatewayException where it is not such a line; the message shows how it begins
     */
    public static @Nullable Object[] read(LedgerTable table, String line, String file) {
        if (line.length() > MOST_CHARS) {
            throw new GatewayException(file + ": a line of " + line.length() + " characters: expected at most "
                    + MOST_CHARS + "; " + remedy());
        }
        Map<String, @Nullable Object> object;
        try {
            object = Json.asObject(Json.parse(line, file), file);
        } catch (ModelException e) {
            throw wrong(file, line, "expected a JSON object, found something else", e);
        }
        List<TableColumn> columns = table.columns();
        @Nullable Object[] values = new @Nullable Object[columns.size()];
        int absent = 0;
        for (int i = 0; i < values.length; i++) {
            TableColumn column = columns.get(i);
            if (column.late() && !object.containsKey(column.name())) {
                absent++;
                values[i] = column.kind() == TableColumn.Kind.TEXT ? "" : (Object) 0L;
            } else {
                values[i] = value(column, object, line, file);
            }
        }
        if (object.size() != values.length - absent) {
            throw wrong(
                    file,
                    line,
                    "expected the " + values.length + " columns of " + table.table() + ", found " + object.size(),
                    null);
        }
        return values;
    }

    private static @Nullable Object value(
            TableColumn column, Map<String, @Nullable Object> object, String line, String file) {
        Object value = object.get(column.name());
        if (value == null && column.nullable() && object.containsKey(column.name())) {
            return null;
        }
        return switch (column.kind()) {
            case TEXT -> value instanceof String text ? text : refuse(column, "a text", value, line, file);
            case WHOLE -> value instanceof Long number ? number : refuse(column, "a whole number", value, line, file);
            case DECIMAL ->
                switch (value) {
                    case Double number -> number;
                    case Long number -> number.doubleValue();
                    case null, default -> refuse(column, "a number", value, line, file);
                };
        };
    }

    private static Object refuse(
            TableColumn column, String expected, @Nullable Object found, String line, String file) {
        throw wrong(file, line, column.name() + ": expected " + expected + ", found " + Json.kind(found), null);
    }

    private static GatewayException wrong(String file, String line, String what, @Nullable Throwable cause) {
        String shown = line.isEmpty()
                ? "an empty line"
                : "the line '" + (line.length() > SHOWN ? line.substring(0, SHOWN) + "…" : line) + "'";
        String message = file + ", " + shown + ": " + what + "; " + remedy();
        return cause == null ? new GatewayException(message) : new GatewayException(message, cause);
    }

    private static String remedy() {
        return "the file is damaged or was changed: export it anew";
    }
}
