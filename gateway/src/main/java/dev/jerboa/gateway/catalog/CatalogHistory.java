package dev.jerboa.gateway.catalog;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What catalogues have said over time. An entry that changes has a further row; one that goes keeps its last, as events still name it. So
 * charts can say "as then" (the row that held) and "as now" (the newest).
 */
public final class CatalogHistory {
    private CatalogHistory() {}

    /** Brings a store up to a catalogue; gives what was added. */
    public static CatalogRows update(CatalogStore store, Catalog catalog, Instant now) {
        CatalogRows added = changes(store.newest(), catalog);
        if (!added.isEmpty()) {
            store.add(added, now);
        }
        return added;
    }

    /** What a catalogue says that is not what a store has. */
    public static CatalogRows changes(CatalogRows known, Catalog catalog) {
        return new CatalogRows(
                changed(known.labs(), catalog.labs(), CatalogRows.LabRow::of),
                changed(known.models(), catalog.models(), CatalogRows.ModelRow::of),
                changed(known.providers(), catalog.providers(), CatalogRows.ProviderRow::of),
                changed(known.endpoints(), catalog.endpoints(), CatalogRows.EndpointRow::of),
                changed(known.prices(), catalog.endpoints(), CatalogRows.PriceRow::of));
    }

    private static <E, R> List<R> changed(List<R> known, Collection<E> entries, Function<E, R> row) {
        var have = known.stream().collect(Collectors.toSet());
        return entries.stream().map(row).filter(each -> !have.contains(each)).distinct().toList();
    }
}
