package dev.jerboa.gateway.config;

import dev.jerboa.settings.Section;

/**
 * How an endpoint is chosen where neither the request nor its route says.
 *
 * @param sort the order
 * @param affinity whether requests that begin alike go to the same endpoint while it is well, so that its cache knows their beginning
 */
public record RoutingConfig(RouteOrder sort, boolean affinity) {
    static RoutingConfig read(Section section) {
        return new RoutingConfig(
                section.choice("sort", RouteOrder.class, RouteOrder.WEIGHTED), section.flag("affinity", true));
    }
}
