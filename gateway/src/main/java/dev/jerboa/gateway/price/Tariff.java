package dev.jerboa.gateway.price;

import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.ToolRates;
import java.util.List;

/**
 * Prices at one moment.
 *
 * @param tiers in order of length; the first is from 0
 */
record Tariff(List<Tier> tiers) {
    Tariff {
        tiers = List.copyOf(tiers);
        if (tiers.isEmpty() || tiers.getFirst().fromTokens() != 0) {
            throw new IllegalArgumentException("the first tier of prices is from 0 tokens");
        }
        for (int i = 1; i < tiers.size(); i++) {
            if (tiers.get(i).fromTokens() <= tiers.get(i - 1).fromTokens()) {
                throw new IllegalArgumentException("tiers of prices are in order, each from more tokens: found "
                        + tiers.get(i).fromTokens() + " behind "
                        + tiers.get(i - 1).fromTokens());
            }
        }
    }

    static Tariff of(Rates rates) {
        return new Tariff(List.of(new Tier(0, rates)));
    }

    Tariff withTools(ToolRates tools) {
        return new Tariff(tiers.stream()
                .map(tier -> new Tier(tier.fromTokens(), tier.rates().withTools(tools)))
                .toList());
    }

    Rates at(long promptTokens) {
        int i = tiers.size() - 1;
        while (i > 0 && tiers.get(i).fromTokens() > promptTokens) {
            i--;
        }
        return tiers.get(i).rates();
    }

    Rates dearest() {
        Rates dearest = tiers.getFirst().rates();
        for (Tier tier : tiers) {
            dearest = dearest.dearest(tier.rates());
        }
        return dearest;
    }
}
