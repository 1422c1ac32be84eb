package dev.jerboa.gateway.route;

import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.config.RouteConfig;
import dev.jerboa.gateway.config.RouteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What names stand for, which does not change. Thread-safe. */
final class Names {
    private static final String LATEST = ":latest";

    /**
     * Endpoints that are equal to whoever asks for a name; of several groups the first is asked first.
     *
     * @param weights of chance among them, in their order
     */
    record Group(List<Endpoint> endpoints, List<Double> weights, Optional<RouteOrder> sort) {
        Group {
            endpoints = List.copyOf(endpoints);
            weights = List.copyOf(weights);
        }

        static Group of(List<Endpoint> endpoints, Optional<RouteOrder> sort) {
            return new Group(endpoints, endpoints.stream().map(Endpoint::weight).toList(), sort);
        }
    }

    private final Catalog catalog;
    private final Map<String, RouteConfig> routes = new HashMap<>();
    private final Map<String, String> local;
    /** What names were found to stand for: no more than the catalogue has, whatever is asked for. */
    private final Map<String, List<Group>> known = new ConcurrentHashMap<>();

    /** @param local names of this machine's models, and the ids of their endpoints */
    Names(Catalog catalog, List<RouteConfig> routes, Map<String, String> local) {
        this.catalog = catalog;
        this.local = Map.copyOf(local);
        routes.forEach(route -> this.routes.put(route.name(), route));
    }

    /** The groups that a name stands for; none where it is not known. */
    List<Group> of(String name) {
        List<Group> before = known.get(name);
        if (before != null) {
            return before;
        }
        List<Group> found = find(name);
        if (!found.isEmpty()) {
            known.put(name, List.copyOf(found));
        }
        return found;
    }

    private List<Group> find(String name) {
        RouteConfig route = routes.get(name);
        if (route != null) {
            return route(route);
        }
        Group group = group(name);
        if (group == null && name.endsWith(LATEST)) {
            group = group(name.substring(0, name.length() - LATEST.length()));
        }
        return group == null ? List.of() : List.of(group);
    }

    private List<Group> route(RouteConfig route) {
        List<Endpoint> endpoints = new ArrayList<>();
        List<Double> weights = new ArrayList<>();
        route.models().forEach((name, weight) -> {
            Group group = group(name);
            if (group != null) {
                for (int i = 0; i < group.endpoints().size(); i++) {
                    endpoints.add(group.endpoints().get(i));
                    weights.add(weight * group.weights().get(i));
                }
            }
        });
        List<Group> groups = new ArrayList<>();
        groups.add(new Group(endpoints, weights, route.sort()));
        for (String name : route.fallbacks()) {
            Group group = group(name);
            if (group != null) {
                groups.add(group);
            }
        }
        return groups;
    }

    /** What a name stands for that is not a route. */
    private @Nullable Group group(String name) {
        Endpoint one = catalog.endpoint(local.getOrDefault(name, name)).orElse(null);
        if (one != null) {
            return new Group(List.of(one), List.of(1.0), Optional.empty());
        }
        if (catalog.model(name).isPresent()) {
            return variant(name, "", Optional.empty());
        }
        int colon = name.lastIndexOf(':');
        if (colon <= 0 || catalog.model(name.substring(0, colon)).isEmpty()) {
            return null;
        }
        String model = name.substring(0, colon);
        return switch (name.substring(colon + 1)) {
            case "nitro" -> variant(model, "", Optional.of(RouteOrder.THROUGHPUT));
            case "floor" -> variant(model, "", Optional.of(RouteOrder.PRICE));
            case String variant -> {
                Group group = variant(model, variant, Optional.empty());
                yield group.endpoints().isEmpty() ? null : group;
            }
        };
    }

    private Group variant(String model, String variant, Optional<RouteOrder> sort) {
        return Group.of(
                catalog.endpointsOf(model).stream()
                        .filter(endpoint -> endpoint.variant().equals(variant) && endpoint.weight() > 0)
                        .toList(),
                sort);
    }
}
