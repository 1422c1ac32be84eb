package dev.jerboa.gateway.config;

import dev.jerboa.settings.Section;

/**
 * What may be seen without a key, and what is counted beside requests.
 *
 * @param publishCatalogue models, endpoints and their prices
 * @param publishRankings which models are used most
 * @param publishShares the charts of shares, by lab, country and openness
 * @param publishCosts whether what is published may be shown in dollars too
 * @param scripts whether it is counted in which scripts prompts are written; the texts are not kept
 * @param categories what requests may be about
 */
public record AnalyticsConfig(
        boolean publishCatalogue,
        boolean publishRankings,
        boolean publishShares,
        boolean publishCosts,
        boolean scripts,
        CategoriesConfig categories) {
    static AnalyticsConfig read(Section section) {
        return new AnalyticsConfig(
                section.flag("publish_catalogue", true),
                section.flag("publish_rankings", false),
                section.flag("publish_shares", false),
                section.flag("publish_costs", false),
                section.flag("scripts", false),
                CategoriesConfig.read(section));
    }
}
