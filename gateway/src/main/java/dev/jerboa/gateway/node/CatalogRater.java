package dev.jerboa.gateway.node;

import dev.jerboa.gateway.catalog.Catalog;
import dev.jerboa.gateway.catalog.Endpoint;
import dev.jerboa.gateway.ledger.CatalogRows;
import dev.jerboa.gateway.ledger.Rater;
import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.price.PriceSchedule;
import dev.jerboa.gateway.price.Schedule;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Prices by their versions: those of the catalogue, and those of earlier ones that the store has kept. Thread-safe. */
final class CatalogRater implements Rater {
    private final CatalogRows rows;
    private final Map<String, Optional<PriceSchedule>> schedules = new ConcurrentHashMap<>();

    CatalogRater(Catalog catalog, CatalogRows rows) {
        this.rows = rows;
        for (Endpoint endpoint : catalog.endpoints()) {
            schedules.put(endpoint.prices().version(), Optional.of(endpoint.prices()));
        }
    }

    private Optional<PriceSchedule> schedule(String version) {
        return schedules.computeIfAbsent(version, unknown -> rows.price(unknown).map(Schedule::parse));
    }

    @Override
    public Optional<Rates> rates(String endpoint, String priceVersion, Instant at, long promptTokens) {
        return schedule(priceVersion).map(prices -> prices.at(at, promptTokens));
    }

    @Override
    public Optional<Rates> dearestOfWeek(String endpoint, String priceVersion, Instant at, long promptTokens) {
        return schedule(priceVersion).map(prices -> prices.dearestWindow(at, promptTokens));
    }
}
