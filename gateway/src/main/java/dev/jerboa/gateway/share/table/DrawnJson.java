package dev.jerboa.gateway.share.table;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Drawn charts as plain values, for JSON. Rows are lists in the order of the columns. */
public final class DrawnJson {
    private DrawnJson() {}

    /** What a question for a chart is answered with: the question as it was understood, then the chart. */
    public static Map<String, @Nullable Object> answer(Map<String, @Nullable Object> query, Drawn drawn) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("query", query);
        map.putAll(map(drawn));
        return map;
    }

    public static Map<String, @Nullable Object> map(Drawn drawn) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("id", drawn.id());
        map.put("title", drawn.title());
        List<Object> tables = new ArrayList<>();
        drawn.tables().forEach(table -> tables.add(map(table)));
        map.put("tables", tables);
        List<Object> notes = new ArrayList<>();
        for (Note note : drawn.notes()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("id", note.id());
            one.put("text", note.text());
            one.put("values", note.values());
            notes.add(one);
        }
        map.put("notes", notes);
        return map;
    }

    private static Map<String, @Nullable Object> map(Table table) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        map.put("id", table.id());
        map.put("title", table.title());
        List<Object> columns = new ArrayList<>();
        for (Column column : table.columns()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("id", column.id());
            one.put("title", column.title());
            one.put("unit", column.unit().text());
            columns.add(one);
        }
        map.put("columns", columns);
        map.put("rows", table.rows());
        return map;
    }
}
