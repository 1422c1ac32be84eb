package dev.jerboa.gateway.ledger.audit;

import dev.jerboa.gateway.ledger.LedgerStore;
import dev.jerboa.gateway.ledger.Rater;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.price.MachineCost;
import dev.jerboa.gateway.price.PriceSchedule;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * History under other prices. Events are read and never changed. Under the prices that they were written with, the difference is exactly 0.
 */
public final class Rerating {
    /** Prices in place of those that a request had. */
    @FunctionalInterface
    public interface Prices {
        /** The rates of a request's tokens; empty where it is not to be had at these prices. */
        Optional<Rates> of(UsageEvent event);

        /** What a request costs: its tokens, and the time that it had a machine of one's own; empty where that cannot be told. */
        default Optional<Long> cost(UsageEvent event) {
            return of(event).map(rates -> event.used().costNanos(rates));
        }
    }

    /**
     * Requests to an endpoint on a day (UTC).
     *
     * @param requests those that have another price
     * @param tokens all of their tokens
     * @param paidNanos what they cost
     * @param otherNanos what they would have cost
     */
    public record Line(
            LocalDate day, String endpoint, String model, long requests, long tokens, long paidNanos, long otherNanos) {
        /** More than was paid, or less where it is negative. */
        public long deltaNanos() {
            return otherNanos - paidNanos;
        }

        /** One request; empty where it has no price here. */
        public static Optional<Line> of(UsageEvent event, Prices prices) {
            return cost(event, prices)
                    .map(nanos -> new Line(
                            LocalDate.ofInstant(event.at(), ZoneOffset.UTC),
                            event.offer().endpoint(),
                            event.offer().model(),
                            1,
                            event.used().tokens().total(),
                            event.cost().nanos(),
                            nanos));
        }

        private Line plus(Line other) {
            return new Line(
                    day,
                    endpoint,
                    model,
                    requests + other.requests,
                    Math.addExact(tokens, other.tokens),
                    Math.addExact(paidNanos, other.paidNanos),
                    Math.addExact(otherNanos, other.otherNanos));
        }
    }

    /** Requests of one kind together. */
    public record Total(String name, long requests, long tokens, long paidNanos, long otherNanos) {
        public long deltaNanos() {
            return otherNanos - paidNanos;
        }

        private Total plus(Line line) {
            return new Total(
                    name,
                    requests + line.requests,
                    Math.addExact(tokens, line.tokens),
                    Math.addExact(paidNanos, line.paidNanos),
                    Math.addExact(otherNanos, line.otherNanos));
        }
    }

    /**
     * What came out.
     *
     * @param lines by day, endpoint and model
     * @param unrated how many requests have no price here; they are in no line
     * @param unratedNanos what those cost
     */
    public record Report(List<Line> lines, long unrated, long unratedNanos) {
        public List<Total> byEndpoint() {
            return by(Line::endpoint);
        }

        public List<Total> byModel() {
            return by(Line::model);
        }

        public List<Total> byDay() {
            return by(line -> line.day().toString());
        }

        public Total total() {
            List<Total> all = by(line -> "");
            return all.isEmpty() ? new Total("", 0, 0, 0, 0) : all.getFirst();
        }

        private List<Total> by(Function<Line, String> name) {
            Map<String, Total> totals = new TreeMap<>();
            for (Line line : lines) {
                String key = name.apply(line);
                totals.put(
                        key,
                        totals.getOrDefault(key, new Total(key, 0, 0, 0, 0)).plus(line));
            }
            return List.copyOf(totals.values());
        }
    }

    private Rerating() {}

    /** The prices that requests were written with. */
    public static Prices asPaid(Rater rater) {
        return prices(rater, rater::rates, event -> rater.machine(event.offer().priceVersion()));
    }

    /**
     * The prices of other schedules. What a request that had a machine of one's own cost by its time, it costs by the same time at the
     * other machine's price.
     *
     * @param paid knows what requests were written with, and so for how long they had the machine
     * @param schedules the other prices of a request; empty where it is not to be had at them
     */
    public static Prices of(Rater paid, Function<UsageEvent, Optional<PriceSchedule>> schedules) {
        return prices(
                paid,
                event -> schedules
                        .apply(event)
                        .map(schedule -> schedule.at(
                                event.at(),
                                event.used().tokens().prompt(),
                                event.used().service().tier())),
                event -> schedules.apply(event).map(PriceSchedule::machine).orElse(MachineCost.NONE));
    }

    private static Prices prices(
            Rater paid, Function<UsageEvent, Optional<Rates>> rates, Function<UsageEvent, MachineCost> machine) {
        return new Prices() {
            @Override
            public Optional<Rates> of(UsageEvent event) {
                return rates.apply(event);
            }

            @Override
            public Optional<Long> cost(UsageEvent event) {
                Optional<Long> tokens = Prices.super.cost(event);
                MachineCost cost = machine.apply(event);
                return cost.isNone()
                        ? tokens
                        : tokens.flatMap(nanos ->
                                busyMicros(paid, event).map(micros -> Math.addExact(nanos, cost.nanos(micros))));
            }
        };
    }

    /** For how long a request had a machine of one's own, by what it cost; empty where the machine cost nothing then. */
    private static Optional<Long> busyMicros(Rater paid, UsageEvent event) {
        MachineCost machine = paid.machine(event.offer().priceVersion());
        return machine.isNone()
                ? Optional.empty()
                : paid.rates(event)
                        .map(rates -> machine.busyMicros(
                                Math.max(0, event.cost().nanos() - event.used().costNanos(rates))));
    }

    /** Rates all requests of a time again, in one pass over its events. */
    public static Report run(LedgerStore store, Instant from, Instant to, Prices prices) {
        Map<List<String>, Line> lines = new TreeMap<>(Rerating::compare);
        long[] unrated = new long[2];
        store.eachEvent(from, to, event -> {
            Optional<Line> rated = Line.of(event, prices);
            if (rated.isEmpty()) {
                unrated[0]++;
                unrated[1] = Math.addExact(unrated[1], event.cost().nanos());
                return;
            }
            Line line = rated.get();
            lines.merge(List.of(line.day().toString(), line.endpoint(), line.model()), line, Line::plus);
        });
        return new Report(new ArrayList<>(lines.values()), unrated[0], unrated[1]);
    }

    private static int compare(List<String> a, List<String> b) {
        for (int i = 0; i < a.size(); i++) {
            int order = a.get(i).compareTo(b.get(i));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    /** What a request would cost; what used nothing and cost nothing, since nothing answered it, does not cost anything elsewhere either. */
    private static Optional<Long> cost(UsageEvent event, Prices prices) {
        if (event.used().isNothing() && event.cost().nanos() == 0) {
            return Optional.of(0L);
        }
        return prices.cost(event);
    }
}
