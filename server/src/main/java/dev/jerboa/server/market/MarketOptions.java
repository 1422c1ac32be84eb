package dev.jerboa.server.market;

/**
 * What the market shows to whom.
 *
 * @param publishRankings whether rankings of models and apps are for everybody with a key; otherwise nobody sees them
 */
public record MarketOptions(boolean publishRankings) {
    /** Nothing is published. */
    public static MarketOptions defaults() {
        return new MarketOptions(false);
    }
}
