package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.catalog.Lab;
import dev.jerboa.gateway.catalog.ModelEntry;
import dev.jerboa.gateway.catalog.Provider;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * What a catalogue says that a store does not have yet. An entry that changes has a further row; one that goes keeps its last, as events
 * still name it.
 *
 * @param prices what versions of prices say, by version
 */
public record CatalogHistory(
        List<CatalogRows.LabRow> labs,
        List<CatalogRows.ModelRow> models,
        List<CatalogRows.ProviderRow> providers,
        List<CatalogRows.EndpointRow> endpoints,
        Map<String, String> prices) {

    /** Brings a store up to a catalogue, which counts from {@code now} on; gives what was added. */
    public static CatalogHistory update(CatalogRows store, Catalog catalog, Instant now) {
        CatalogHistory news = compare(store, catalog);
        if (!news.isEmpty()) {
            store.add(now, news.labs, news.models, news.providers, news.endpoints, news.prices);
        }
        return news;
    }

    private static CatalogHistory compare(CatalogRows store, Catalog catalog) {
        Map<String, String> prices = new LinkedHashMap<>();
        for (Endpoint endpoint : catalog.endpoints()) {
            String version = endpoint.prices().version();
            if (!prices.containsKey(version) && store.price(version).isEmpty()) {
                prices.put(version, endpoint.prices().text());
            }
        }
        return new CatalogHistory(
                changed(store.labs().now(), catalog.labs(), CatalogHistory::row),
                changed(store.models().now(), catalog.models(), CatalogHistory::row),
                changed(store.providers().now(), catalog.providers(), CatalogHistory::row),
                changed(store.endpoints().now(), catalog.endpoints(), CatalogHistory::row),
                prices);
    }

    private static <E, R> List<R> changed(List<R> known, Collection<E> entries, Function<E, R> row) {
        Set<R> same = new HashSet<>(known);
        return entries.stream().map(row).filter(each -> !same.contains(each)).toList();
    }

    private static CatalogRows.LabRow row(Lab lab) {
        return new CatalogRows.LabRow(lab.id(), lab.name(), lab.country());
    }

    private static CatalogRows.ModelRow row(ModelEntry model) {
        return new CatalogRows.ModelRow(
                model.id(),
                model.lab(),
                model.name(),
                model.family(),
                model.openness().text(),
                model.licence(),
                model.parameters(),
                model.activeParameters(),
                model.context(),
                model.tokenizer(),
                model.reasoning(),
                model.tools(),
                model.released());
    }

    private static CatalogRows.ProviderRow row(Provider provider) {
        return new CatalogRows.ProviderRow(
                provider.id(),
                provider.name(),
                provider.country(),
                provider.dialect().text(),
                provider.policy().trains(),
                provider.policy().retains());
    }

    private static CatalogRows.EndpointRow row(Endpoint endpoint) {
        return new CatalogRows.EndpointRow(
                endpoint.id(),
                endpoint.model(),
                endpoint.provider(),
                endpoint.variant(),
                endpoint.quantization(),
                endpoint.context(),
                endpoint.maxOutput(),
                endpoint.prices().version());
    }

    public boolean isEmpty() {
        return labs.isEmpty() && models.isEmpty() && providers.isEmpty() && endpoints.isEmpty() && prices.isEmpty();
    }
}
