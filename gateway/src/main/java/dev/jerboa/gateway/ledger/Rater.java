package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.price.MachineCost;
import java.time.Instant;
import java.util.Optional;

/** Knows what each version of an endpoint's prices says. Thread-safe; may read from the store and remember. */
public interface Rater {
    /** The prices of a request that began then and was processed at a service tier; empty where the version is not known. */
    Optional<Rates> rates(String endpoint, String priceVersion, Instant at, long promptTokens, String serviceTier);

    /** The dearest prices that the same request could have had within the week around it; empty where the version is not known. */
    Optional<Rates> dearestOfWeek(
            String endpoint, String priceVersion, Instant at, long promptTokens, String serviceTier);

    /** The prices that a request was written with; empty where their version is not known. */
    default Optional<Rates> rates(UsageEvent event) {
        UsageEvent.Used used = event.used();
        return rates(
                event.offer().endpoint(),
                event.offer().priceVersion(),
                event.at(),
                used.tokens().prompt(),
                used.service().tier());
    }

    /** What a machine of one's own costs beside the prices of tokens; nothing where there is none, or the version is not known. */
    default MachineCost machine(String priceVersion) {
        return MachineCost.NONE;
    }

    /** Knows no prices: sums without caches and in the dearest window are what things cost. */
    Rater NONE = new Rater() {
        @Override
        public Optional<Rates> rates(
                String endpoint, String priceVersion, Instant at, long promptTokens, String serviceTier) {
            return Optional.empty();
        }

        @Override
        public Optional<Rates> dearestOfWeek(
                String endpoint, String priceVersion, Instant at, long promptTokens, String serviceTier) {
            return Optional.empty();
        }
    };
}
