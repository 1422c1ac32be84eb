package dev.jerboa.gateway.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A name of the operator's for models.
 *
 * @param name what clients ask for
 * @param models ids of models, or of endpoints, with their weights, in the file's order
 * @param fallbacks ids of models, or of endpoints, that are asked in order where those do not answer
 * @param sort the order among {@code models}; empty for the gateway's
 */
public record RouteConfig(String name, Map<String, Double> models, List<String> fallbacks, Optional<RouteOrder> sort) {
    public RouteConfig {
        models = Collections.unmodifiableMap(new LinkedHashMap<>(models));
        fallbacks = List.copyOf(fallbacks);
    }
}
