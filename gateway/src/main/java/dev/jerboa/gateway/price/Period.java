package dev.jerboa.gateway.price;

import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.ToolRates;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Prices from a moment on, until the next period.
 *
 * @param from empty for those that have always been
 * @param usual of requests at the usual service tier
 * @param serviceTiers of requests at other tiers, by their names
 * @param tools of uses of a provider's own tools, at every tier and hour; the rates of all the others have them too
 */
record Period(Optional<Instant> from, Week usual, SortedMap<String, Week> serviceTiers, ToolRates tools) {
    Period {
        usual = usual.withTools(tools);
        SortedMap<String, Week> tiers = new TreeMap<>();
        for (Map.Entry<String, Week> tier : serviceTiers.entrySet()) {
            tiers.put(tier.getKey(), tier.getValue().withTools(tools));
        }
        serviceTiers = Collections.unmodifiableSortedMap(tiers);
    }

    /** Prices without service tiers; those of tools are what the usual ones have. */
    Period(Optional<Instant> from, Tariff usual, List<Window> windows) {
        this(from, new Week(usual, windows), new TreeMap<>(), usual.at(0).tools());
    }

    /** The prices of a tier: the usual ones where there are none for it. */
    Week of(String serviceTier) {
        return serviceTiers.isEmpty() ? usual : serviceTiers.getOrDefault(serviceTier, usual);
    }

    /** Whether what a tier costs is said. */
    boolean has(String serviceTier) {
        return Service.isUsual(serviceTier) || serviceTiers.containsKey(serviceTier);
    }
}
