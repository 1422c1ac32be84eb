package dev.jerboa.gateway.share.fact;

import java.util.OptionalLong;

/**
 * What an endpoint was at a moment: the entries of the dimension tables behind its id.
 *
 * @param endpoint its id; empty where no endpoint answered
 * @param openness {@code closed}, {@code open-weight}, {@code open-source}; {@link #UNKNOWN} where the catalogue did not say
 * @param released the model's date, {@code 2025-01-20}; empty where it is not known
 * @param local whether the engine of the gateway's own process answered
 */
public record Subject(
        String endpoint,
        String model,
        String modelName,
        String family,
        String lab,
        String labName,
        String labCountry,
        String provider,
        String providerCountry,
        String openness,
        OptionalLong parameters,
        OptionalLong activeParameters,
        boolean reasoning,
        boolean tools,
        String released,
        boolean local) {
    /** What the catalogue has no entry for. */
    public static final String UNKNOWN = "unknown";

    /** Whether the model's weights are published. */
    public boolean isOpen() {
        return openness.equals("open-weight") || openness.equals("open-source");
    }
}
