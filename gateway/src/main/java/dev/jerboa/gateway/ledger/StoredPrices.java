package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.price.Schedule;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Prices as the store has kept them, each version read once: what {@link CatalogHistory} put there. Thread-safe. */
public final class StoredPrices implements Rater {
    private final Function<String, Optional<String>> texts;
    private final Map<String, Schedule> known = new ConcurrentHashMap<>();

    public StoredPrices(CatalogRows rows) {
        this(rows::price);
    }

    /** @param texts what the table {@code price} has for a version */
    public StoredPrices(Function<String, Optional<String>> texts) {
        this.texts = texts;
    }

    @Override
    public Optional<Rates> rates(String endpoint, String priceVersion, Instant at, long promptTokens) {
        return schedule(priceVersion).map(schedule -> schedule.at(at, promptTokens));
    }

    @Override
    public Optional<Rates> dearestOfWeek(String endpoint, String priceVersion, Instant at, long promptTokens) {
        return schedule(priceVersion).map(schedule -> schedule.dearestWindow(at, promptTokens));
    }

    /**
     * What a version says.
     *
     * @throws dev.jerboa.gateway.GatewayException where the store's text is no schedule
     */
    public Optional<Schedule> schedule(String version) {
        Schedule schedule = known.get(version);
        if (schedule != null) {
            return Optional.of(schedule);
        }
        Optional<Schedule> read = texts.apply(version).map(Schedule::parse);
        read.ifPresent(found -> known.put(version, found));
        return read;
    }
}
