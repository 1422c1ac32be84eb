package dev.jerboa.gateway.share.table;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tables as CSV (RFC 4180, UTF-8). Texts that a spreadsheet would take for a formula (names of apps are whatever a client says) get an
 * apostrophe before them; numbers are left as they are, negative ones too.
 */
public final class Csv {
    private Csv() {}

    /** A table with a line of column ids, each with its unit, then its rows. */
    public static String text(Table table) {
        StringBuilder out = new StringBuilder();
        String separator = "";
        for (Column column : table.columns()) {
            out.append(separator);
            String unit = column.unit() == Unit.TEXT || column.unit() == Unit.TIME || column.unit() == Unit.FLAG
                    ? ""
                    : " (" + column.unit().text() + ")";
            append(column.id() + unit, out);
            separator = ",";
        }
        out.append("\r\n");
        for (List<@Nullable Object> row : table.rows()) {
            separator = "";
            for (Object value : row) {
                out.append(separator);
                append(value, out);
                separator = ",";
            }
            out.append("\r\n");
        }
        return out.toString();
    }

    private static void append(@Nullable Object value, StringBuilder out) {
        switch (value) {
            case null -> {}
            case BigDecimal number -> out.append(number.toPlainString());
            case Number number -> out.append(number);
            case Boolean flag -> out.append(flag);
            default -> text(value.toString(), out);
        }
    }

    private static void text(String text, StringBuilder out) {
        String safe = text.isEmpty() || "=+-@\t\r\n|%".indexOf(text.charAt(0)) < 0 ? text : "'" + text;
        if (safe.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')) {
            out.append(safe);
            return;
        }
        out.append('"').append(safe.replace("\"", "\"\"")).append('"');
    }
}
