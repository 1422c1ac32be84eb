package dev.jerboa.gateway.ledger.export;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.json.JsonOut;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an export has: {@code export.json}, written when all else is, so that a folder without it is not complete.
 *
 * @param rows how many lines each table has
 */
public record ExportNote(Span span, Map<LedgerTable, Long> rows) {
    /** The file's name in its folder. */
    public static final String FILE = "export.json";

    private static final long FORM = 1;

    public ExportNote {
        rows = Map.copyOf(rows);
    }

    /** The lines of a table. */
    public long rows(LedgerTable table) {
        return rows.getOrDefault(table, 0L);
    }

    /** As the file says it. */
    public String text() {
        Map<String, Object> counts = new LinkedHashMap<>();
        for (LedgerTable table : LedgerTable.values()) {
            counts.put(table.table(), rows(table));
        }
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("form", FORM);
        map.put("from_hour", span.from());
        map.put("to_hour", span.to());
        map.put("rows", counts);
        return JsonOut.text(map) + "\n";
    }

    /**
     * The opposite of {@link #text}.
     *
     * @param source names the file in messages
     * @throws GatewayException where it is none
     */
    public static ExportNote parse(String text, String source) {
        try {
            Map<String, @Nullable Object> map = Json.asObject(Json.parse(text, source), source);
            if (number(map, "form", source) != FORM) {
                throw new GatewayException(source + ": expected an export of form " + FORM + ", found "
                        + map.get("form") + ": it is of a newer Jerboa");
            }
            Map<String, @Nullable Object> counts = Json.asObject(map.get("rows"), source + ": rows");
            Map<LedgerTable, Long> rows = new EnumMap<>(LedgerTable.class);
            for (LedgerTable table : LedgerTable.values()) {
                rows.put(table, number(counts, table.table(), source));
            }
            return new ExportNote(new Span(number(map, "from_hour", source), number(map, "to_hour", source)), rows);
        } catch (ModelException | IllegalArgumentException e) {
            throw new GatewayException(String.valueOf(e.getMessage()), e);
        }
    }

    private static long number(Map<String, @Nullable Object> map, String key, String source) {
        if (map.get(key) instanceof Long number) {
            return number;
        }
        throw new GatewayException(source + ": " + key + ": expected a whole number, found " + Json.kind(map.get(key)));
    }
}
