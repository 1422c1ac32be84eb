package dev.jerboa.gateway.catalog;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** All labs, models, providers and endpoints of one moment. Immutable; a new one replaces it as a whole. */
public final class Catalog {
    private final String version;
    private final Map<String, Lab> labs;
    private final Map<String, ModelEntry> models;
    private final Map<String, Provider> providers;
    private final Map<String, Endpoint> endpoints;
    private final Map<String, List<Endpoint>> byModel;
    private final Set<String> examplePrices;

    /** A catalogue with the version that follows from its entries. */
    public static Catalog of(
            Collection<Lab> labs,
            Collection<ModelEntry> models,
            Collection<Provider> providers,
            Collection<Endpoint> endpoints,
            Set<String> examplePrices) {
        String version = CatalogVersion.of(labs, models, providers, endpoints);
        return new Catalog(version, labs, models, providers, endpoints, examplePrices);
    }

    /**
     * @param version changes with any entry
     * @throws IllegalArgumentException where two entries have one id, or where one names another that is not there
     */
    public Catalog(
            String version,
            Collection<Lab> labs,
            Collection<ModelEntry> models,
            Collection<Provider> providers,
            Collection<Endpoint> endpoints) {
        this(version, labs, models, providers, endpoints, Set.of());
    }

    private Catalog(
            String version,
            Collection<Lab> labs,
            Collection<ModelEntry> models,
            Collection<Provider> providers,
            Collection<Endpoint> endpoints,
            Set<String> examplePrices) {
        this.version = version;
        this.examplePrices = Set.copyOf(examplePrices);
        this.labs = byId("labs", labs, Lab::id);
        this.models = byId("models", models, ModelEntry::id);
        this.providers = byId("providers", providers, Provider::id);
        this.endpoints = byId("endpoints", endpoints, Endpoint::id);
        models.forEach(model -> require(this.labs, model.lab(), "model " + model.id(), "lab"));
        Map<String, List<Endpoint>> grouped = new LinkedHashMap<>();
        endpoints.forEach(endpoint -> {
            require(this.models, endpoint.model(), "endpoint " + endpoint.id(), "model");
            require(this.providers, endpoint.provider(), "endpoint " + endpoint.id(), "provider");
            grouped.merge(endpoint.model(), List.of(endpoint), (a, b) -> {
                List<Endpoint> both = new ArrayList<>(a);
                both.addAll(b);
                return List.copyOf(both);
            });
        });
        this.byModel = Collections.unmodifiableMap(grouped);
    }

    private static <T> Map<String, T> byId(String what, Collection<T> entries, Function<T, String> id) {
        Map<String, T> map = new LinkedHashMap<>();
        for (T entry : entries) {
            if (map.put(id.apply(entry), entry) != null) {
                throw new IllegalArgumentException("two " + what + " are called " + id.apply(entry));
            }
        }
        return Collections.unmodifiableMap(map);
    }

    private static void require(Map<String, ?> known, String id, String who, String what) {
        if (!known.containsKey(id)) {
            throw new IllegalArgumentException(who + ": there is no " + what + " '" + id + "'");
        }
    }

    public String version() {
        return version;
    }

    public Collection<Lab> labs() {
        return labs.values();
    }

    public Collection<ModelEntry> models() {
        return models.values();
    }

    public Collection<Provider> providers() {
        return providers.values();
    }

    public Collection<Endpoint> endpoints() {
        return endpoints.values();
    }

    public Optional<Lab> lab(String id) {
        return Optional.ofNullable(labs.get(id));
    }

    public Optional<ModelEntry> model(String id) {
        return Optional.ofNullable(models.get(id));
    }

    public Optional<Provider> provider(String id) {
        return Optional.ofNullable(providers.get(id));
    }

    public Optional<Endpoint> endpoint(String id) {
        return Optional.ofNullable(endpoints.get(id));
    }

    /** The endpoints that offer a model, in order. */
    public List<Endpoint> endpointsOf(String model) {
        return byModel.getOrDefault(model, List.of());
    }

    /** Ids of endpoints whose prices are examples of some day, which the operator has not put right. */
    public Set<String> examplePrices() {
        return examplePrices;
    }

    /**
     * This catalogue with further providers and endpoints, which take the place of those with their ids.
     *
     * @throws IllegalArgumentException where one names another entry that is not there
     */
    public Catalog and(Collection<Provider> moreProviders, Collection<Endpoint> moreEndpoints) {
        Map<String, Provider> allProviders = new LinkedHashMap<>(providers);
        moreProviders.forEach(provider -> allProviders.put(provider.id(), provider));
        Map<String, Endpoint> allEndpoints = new LinkedHashMap<>(endpoints);
        Set<String> examples = new HashSet<>(examplePrices);
        moreEndpoints.forEach(endpoint -> {
            allEndpoints.put(endpoint.id(), endpoint);
            examples.remove(endpoint.id());
        });
        return of(labs.values(), models.values(), allProviders.values(), allEndpoints.values(), examples);
    }
}
