package dev.jerboa.gateway.share.table;

import java.util.List;
import java.util.Optional;

/**
 * A chart that has been drawn, as tables. The first table is the chart itself.
 *
 * @param id the chart's
 */
public record Drawn(String id, String title, List<Table> tables, List<Note> notes) {
    public Drawn {
        tables = List.copyOf(tables);
        notes = List.copyOf(notes);
    }

    public Optional<Table> table(String wanted) {
        return tables.stream().filter(table -> table.id().equals(wanted)).findFirst();
    }
}
