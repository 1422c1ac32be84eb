package dev.jerboa.gateway.share.table;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tables as CSV (RFC 4180, UTF-8). Texts that a spreadsheet would take for a formula (names of apps are whatever a client says) get an
 * apostrophe before them; numbers are left as they are, negative ones too.
 */
public final class Csv {
    /** What a formula begins with, also as wide characters, which some spreadsheets take for the same. */
    private static final String FORMULA = "=+-@\t\r\n|%\uFF1D\uFF0B\uFF0D\uFF20";
    /** What is quoted: the semicolon too, at which spreadsheets of many countries cut. */
    private static final String SEPARATORS = ",;\t\"\n\r";

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

    /** A text that no spreadsheet takes for a formula. */
    public static String safe(String text) {
        return text.isEmpty() || FORMULA.indexOf(text.charAt(0)) < 0 ? text : "'" + text;
    }

    private static void text(String text, StringBuilder out) {
        String safe = safe(text);
        if (safe.chars().noneMatch(c -> SEPARATORS.indexOf(c) >= 0)) {
            out.append(safe);
            return;
        }
        out.append('"').append(safe.replace("\"", "\"\"")).append('"');
    }
}
