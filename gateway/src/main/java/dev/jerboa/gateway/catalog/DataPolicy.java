package dev.jerboa.gateway.catalog;

/**
 * What a provider does with prompts, as it says.
 *
 * @param trains whether it trains on them
 * @param retains whether it keeps them after the reply
 */
public record DataPolicy(boolean trains, boolean retains) {
    /** This machine's own engine. */
    public static final DataPolicy LOCAL = new DataPolicy(false, false);
}
