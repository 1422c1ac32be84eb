package dev.jerboa.server.market;

/**
 * What the market shows to those without a key, where others need one.
 *
 * @param publishCatalogue who offers a model at what price, and prices of workloads
 * @param publishRankings rankings of models and apps; those that are not published nobody sees
 * @param publishShares charts of shares and volumes, of everybody's requests
 * @param publishCosts those charts in dollars too: what everybody pays
 */
public record MarketOptions(
        boolean publishCatalogue, boolean publishRankings, boolean publishShares, boolean publishCosts) {
    /** Nothing is published. */
    public static MarketOptions defaults() {
        return new MarketOptions(false, false, false, false);
    }
}
