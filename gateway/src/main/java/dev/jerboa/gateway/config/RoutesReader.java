package dev.jerboa.gateway.config;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.settings.Section;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads routes, and whether what they name is there. */
final class RoutesReader {
    private static final double MAX_WEIGHT = 1e6;

    private final Catalog catalog;
    private final List<String> local;

    private RoutesReader(Catalog catalog, List<LocalModel> local) {
        this.catalog = catalog;
        this.local = local.stream().map(LocalModel::name).toList();
    }

    static List<RouteConfig> read(Section file, Catalog catalog, List<LocalModel> local) {
        return new RoutesReader(catalog, local).routes(file.sectionOrEmpty("routes"));
    }

    private List<RouteConfig> routes(Section section) {
        List<RouteConfig> routes = new ArrayList<>();
        for (String name : section.keys()) {
            Section route = section.section(name);
            Names.require(route, name);
            if (catalog.model(name).isPresent() || local.contains(name)) {
                throw new GatewayException(
                        section.where(name) + ": the route '" + name
                                + "' is called as a model is, expected another name, as nobody could ask for that model any more");
            }
            routes.add(route(name, route));
        }
        return routes;
    }

    private RouteConfig route(String name, Section section) {
        Section weights = section.section("models");
        Map<String, Double> models = new LinkedHashMap<>();
        for (String id : weights.keys()) {
            require(id, weights.where(id), "models");
            models.put(id, weights.number(id, 1, 0, MAX_WEIGHT));
        }
        if (models.values().stream().allMatch(weight -> weight == 0)) {
            throw new GatewayException(section.where("models") + ": route '" + name
                    + "' has no model with a weight above 0, expected one at least");
        }
        List<String> fallbacks = section.texts("fallbacks", List.of());
        fallbacks.forEach(id -> require(id, section.where("fallbacks"), "fallbacks"));
        Optional<RouteOrder> sort = section.has("sort")
                ? Optional.of(section.choice("sort", RouteOrder.class, RouteOrder.GIVEN))
                : Optional.empty();
        return new RouteConfig(name, models, fallbacks, sort);
    }

    private void require(String id, String where, String key) {
        if (catalog.model(id).isEmpty() && catalog.endpoint(id).isEmpty()) {
            throw new GatewayException(
                    where + ": " + key + " names '" + id
                            + "', which is neither a model nor an endpoint of the catalogue, expected author/slug or provider:author/slug");
        }
    }
}
