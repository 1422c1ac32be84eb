package dev.jerboa.gateway.route;

import dev.jerboa.gateway.config.BreakerConfig;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/** How endpoints do: breakers, requests under way, speed. Thread-safe; its locks are held for moments. */
public final class Health {
    private final BreakerConfig config;
    private final LongSupplier nanoTime;
    private final Map<String, EndpointHealth> byEndpoint = new ConcurrentHashMap<>();

    /** @param nanoTime a clock that does not go back, in nanoseconds */
    public Health(BreakerConfig config, LongSupplier nanoTime) {
        this.config = config;
        this.nanoTime = nanoTime;
    }

    /** How one endpoint does. */
    public EndpointHealth of(String endpoint) {
        EndpointHealth known = byEndpoint.get(endpoint);
        return known != null ? known : byEndpoint.computeIfAbsent(endpoint, _ -> new EndpointHealth(config, nanoTime));
    }

    /** All endpoints that were asked for once, by id. */
    public Map<String, EndpointHealth> all() {
        return new TreeMap<>(byEndpoint);
    }
}
