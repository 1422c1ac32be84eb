package dev.jerboa.gateway.config;

import java.util.Locale;

/** In which order endpoints are asked. */
public enum RouteOrder {
    /** As the catalogue or the route has them. */
    GIVEN,
    /** By chance, in proportion to their weights. */
    WEIGHTED,
    /** The cheapest first. */
    PRICE,
    /** The one with the most tokens a second first. */
    THROUGHPUT,
    /** The one with the earliest first token first. */
    LATENCY,
    /** The one with the fewest requests under way first. */
    LEAST_BUSY;

    /** As it is written in files and requests. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
