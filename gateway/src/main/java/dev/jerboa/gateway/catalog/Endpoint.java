package dev.jerboa.gateway.catalog;

import dev.jerboa.gateway.price.PriceSchedule;
import java.util.Set;

/**
 * A model at a provider.
 *
 * @param id {@code provider:author/slug}, with {@code :variant} behind where there are several
 * @param model the id of its {@link ModelEntry}
 * @param provider the id of its {@link Provider}
 * @param variant empty, or such as {@code free}
 * @param upstreamName how the provider calls the model
 * @param quantization such as {@code fp8} or {@code q4_k_m}; {@code unknown} where the provider does not say
 * @param context tokens of prompt and reply together, there
 * @param maxOutput the most tokens of a reply
 * @param parameters names of request fields that it honours; empty for all
 * @param prices what it costs
 * @param weight of random choice among equals; 0 for never unless asked for by name
 * @param priority lower is asked first
 */
public record Endpoint(
        String id,
        String model,
        String provider,
        String variant,
        String upstreamName,
        String quantization,
        long context,
        long maxOutput,
        Set<String> parameters,
        PriceSchedule prices,
        double weight,
        int priority) {
    public Endpoint {
        parameters = Set.copyOf(parameters);
    }
}
