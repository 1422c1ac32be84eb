package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.price.MachineCost;
import dev.jerboa.gateway.price.Schedule;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Prices as the store has kept them, each version read once: what {@link CatalogHistory} put there. Thread-safe. */
public final class StoredPrices implements Rater {
    private static final System.Logger LOG = System.getLogger(StoredPrices.class.getName());

    private final Function<String, Optional<String>> texts;
    private final Map<String, Optional<Schedule>> known = new ConcurrentHashMap<>();

    public StoredPrices(CatalogRows rows) {
        this(rows::price);
    }

    /** @param texts what the table {@code price} has for a version */
    public StoredPrices(Function<String, Optional<String>> texts) {
        this.texts = texts;
    }

    @Override
    public Optional<Rates> rates(
            String endpoint, String priceVersion, Instant at, long promptTokens, String serviceTier) {
        return schedule(priceVersion).map(schedule -> schedule.at(at, promptTokens, serviceTier));
    }

    @Override
    public Optional<Rates> dearestOfWeek(
            String endpoint, String priceVersion, Instant at, long promptTokens, String serviceTier) {
        return schedule(priceVersion).map(schedule -> schedule.dearestWindow(at, promptTokens, serviceTier));
    }

    @Override
    public MachineCost machine(String priceVersion) {
        return schedule(priceVersion).map(Schedule::machine).orElse(MachineCost.NONE);
    }

    /**
     * What a version says; empty where the store does not have it, or has a text that is no schedule, as a newer Jerboa could have left
     * it: events of such a version are written all the same.
     */
    public Optional<Schedule> schedule(String version) {
        Optional<Schedule> schedule = known.get(version);
        if (schedule != null) {
            return schedule;
        }
        Optional<String> text = texts.apply(version);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Optional<Schedule> read = read(version, text.get());
        known.put(version, read);
        return read;
    }

    private static Optional<Schedule> read(String version, String text) {
        try {
            return Optional.of(Schedule.parse(text));
        } catch (GatewayException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the prices of version {0} in the store are not readable, and count as not known: {1}",
                    version,
                    e.getMessage());
            return Optional.empty();
        }
    }
}
