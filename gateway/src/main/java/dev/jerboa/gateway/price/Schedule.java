package dev.jerboa.gateway.price;

import dev.jerboa.gateway.GatewayException;
import dev.jerboa.gateway.money.Rates;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Prices by period, service tier, hour of the week, and length of the prompt. Before the first period its prices hold too: the earliest that are known.
 * Immutable, thread-safe.
 */
public final class Schedule implements PriceSchedule {
    /** Costs nothing. */
    public static final Schedule FREE = flat(Rates.FREE);

    private static final int VERSION_BYTES = 8;

    private final List<Period> periods;
    private final MachineCost machine;
    private final Set<String> serviceTiers;
    private final String text;
    private final String version;

    /**
     * @param periods in order of their beginnings; one at least
     * @throws IllegalArgumentException where they are not
     */
    Schedule(List<Period> periods, MachineCost machine) {
        this.periods = List.copyOf(periods);
        this.machine = machine;
        requireOrder();
        this.serviceTiers = this.periods.stream()
                .flatMap(period -> period.serviceTiers().keySet().stream())
                .collect(Collectors.toUnmodifiableSet());
        this.text = ScheduleText.write(this.periods, machine);
        this.version = hash(text);
    }

    private void requireOrder() {
        if (periods.isEmpty()) {
            throw new IllegalArgumentException("prices without a period");
        }
        Instant last = periods.getFirst().from().orElse(Instant.MIN);
        for (Period period : periods.subList(1, periods.size())) {
            Instant from = period.from().orElse(Instant.MIN);
            if (!from.isAfter(last)) {
                throw new IllegalArgumentException("periods of prices are in order, each from a later date: found "
                        + period.from().map(Instant::toString).orElse("one without a date") + " behind "
                        + (last.equals(Instant.MIN) ? "one without a date" : last));
            }
            last = from;
        }
    }

    /** The same prices always, whatever the prompt. */
    public static Schedule flat(Rates rates) {
        return new Schedule(List.of(always(rates)), MachineCost.NONE);
    }

    /** A machine of one's own, whose tokens cost nothing by themselves. */
    public static Schedule machine(MachineCost machine) {
        return new Schedule(List.of(always(Rates.FREE)), machine);
    }

    private static Period always(Rates rates) {
        return new Period(Optional.empty(), Tariff.of(rates), List.of());
    }

    /**
     * The prices that {@link #text} wrote.
     *
     * @throws GatewayException where it is no such text
     */
    public static Schedule parse(String text) {
        return ScheduleText.parse(text);
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, VERSION_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private Period period(Instant at) {
        int i = periods.size() - 1;
        while (i > 0 && at.isBefore(periods.get(i).from().orElse(Instant.MIN))) {
            i--;
        }
        return periods.get(i);
    }

    @Override
    public Rates at(Instant at, long promptTokens) {
        return period(at).usual().at(at).at(promptTokens);
    }

    @Override
    public Rates at(Instant at, long promptTokens, String serviceTier) {
        return period(at).of(serviceTier).at(at).at(promptTokens);
    }

    @Override
    public boolean has(Instant at, String serviceTier) {
        return period(at).has(serviceTier);
    }

    @Override
    public Set<String> serviceTiers() {
        return serviceTiers;
    }

    @Override
    public Rates dearest(Instant at) {
        return period(at).usual().at(at).dearest();
    }

    @Override
    public Rates dearest(Instant at, Predicate<String> serviceTiers) {
        Rates dearest = dearest(at);
        for (Map.Entry<String, Week> tier : period(at).serviceTiers().entrySet()) {
            if (serviceTiers.test(tier.getKey())) {
                dearest = dearest.dearest(tier.getValue().at(at).dearest());
            }
        }
        return dearest;
    }

    @Override
    public Rates dearestWindow(Instant at, long promptTokens, String serviceTier) {
        return period(at).of(serviceTier).dearestWindow(promptTokens);
    }

    @Override
    public MachineCost machine() {
        return machine;
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public String text() {
        return text;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Schedule schedule && schedule.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return "prices " + version;
    }
}
