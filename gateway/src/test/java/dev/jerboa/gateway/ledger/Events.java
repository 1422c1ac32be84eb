package dev.jerboa.gateway.ledger;

import dev.jerboa.gateway.money.Rates;
import dev.jerboa.gateway.money.Service;
import dev.jerboa.gateway.money.ToolUses;
import dev.jerboa.gateway.money.Usage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;

/** Events for tests. */
public final class Events {
    public static final Instant TIME = Instant.parse("2026-11-29T10:15:30.123456Z");
    /** Prices of every test. */
    public static final Rates RATES = new Rates(150_000, 3_000, 187_500, 300_000, 600_000, 600_000, 0);

    public static final Rater RATER = new Rater() {
        @Override
        public Optional<Rates> rates(
                String endpoint, String priceVersion, Instant at, long promptTokens, String serviceTier) {
            return priceVersion.equals("v1") ? Optional.of(RATES) : Optional.empty();
        }

        @Override
        public Optional<Rates> dearestOfWeek(
                String endpoint, String priceVersion, Instant at, long promptTokens, String serviceTier) {
            return rates(endpoint, priceVersion, at, promptTokens, serviceTier)
                    .map(r -> new Rates(
                            2 * r.input(),
                            2 * r.cacheRead(),
                            2 * r.cacheWrite(),
                            2 * r.cacheWriteLong(),
                            2 * r.output(),
                            2 * r.reasoning(),
                            r.requestNanos()));
        }
    };

    private static final List<String> TIERS = List.of("", "default", "flex", "priority");

    private Events() {}

    /** A request that was answered, of a key, with a cost. */
    public static UsageEvent event(String id, Instant at, String key, String account, long costNanos) {
        return new UsageEvent(
                id,
                at,
                "n1",
                new UsageEvent.Payer(key, account, "app", "DE"),
                new UsageEvent.Asked("chat", "deepseek", 40, ""),
                new UsageEvent.Offer("deepseek:deepseek/v4", "deepseek/v4", "deepseek", "v1"),
                List.of(new Attempt("deepseek:deepseek/v4", 200, "ok", 12, true)),
                UsageEvent.Used.of(Usage.of(10, 20), Quality.PROVIDER),
                UsageEvent.Cost.of(costNanos),
                new UsageEvent.Reply(true, 80, 0, 1500, 9000),
                UsageEvent.Outcome.STOP);
    }

    public static UsageEvent event(String id) {
        return event(id, TIME, "k1", "a1", 100);
    }

    /** What {@link Ledger#begin} is given for an event. */
    public static UsageEvent begun(UsageEvent event) {
        return new UsageEvent(
                event.id(),
                event.at(),
                event.node(),
                event.payer(),
                event.asked(),
                event.offer(),
                List.of(),
                UsageEvent.Used.NONE,
                UsageEvent.Cost.NONE,
                new UsageEvent.Reply(event.reply().streamed(), 0, 0, -1, 0),
                new UsageEvent.Outcome(500, "error", "", "crash"));
    }

    /** The same request, where nobody answered it. */
    public static UsageEvent unanswered(UsageEvent event, List<Attempt> attempts) {
        return new UsageEvent(
                event.id(),
                event.at(),
                event.node(),
                event.payer(),
                event.asked(),
                UsageEvent.Offer.NONE,
                attempts,
                UsageEvent.Used.NONE,
                UsageEvent.Cost.NONE,
                new UsageEvent.Reply(
                        event.reply().streamed(), 0, 0, -1, event.reply().durationMicros()),
                new UsageEvent.Outcome(502, "error", "", ""));
    }

    /** Anything that an event can be, at some time of five weeks, with the cost that {@link #RATES} make. */
    public static UsageEvent random(Random random) {
        Usage usage = random.nextInt(8) == 0
                ? Usage.NONE
                : new Usage(
                        random.nextInt(50_000),
                        random.nextInt(3) * 1000L,
                        random.nextInt(2) * 700L,
                        random.nextInt(2) * 300L,
                        random.nextInt(4000),
                        random.nextInt(2) * random.nextInt(2000));
        String endpoint = random.nextInt(10) == 0 ? "" : "p" + random.nextInt(3) + ":lab" + random.nextInt(2) + "/m";
        List<Attempt> attempts = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            attempts.add(
                    new Attempt("p" + random.nextInt(3) + ":lab0/m", 503, "server_error", random.nextInt(100), false));
            attempts.add(new Attempt("p0:lab0/m", 0, "idle", 1, true, random.nextInt(3) * 1000L));
        }
        attempts.add(new Attempt(endpoint, 200, "ok", random.nextInt(10_000), true));
        boolean failed = random.nextInt(6) == 0;
        return new UsageEvent(
                Ulid.next(),
                TIME.minusSeconds(random.nextInt(35 * 86_400)).minusNanos(random.nextInt(1000) * 1000L),
                "n1",
                new UsageEvent.Payer(
                        "k" + random.nextInt(3),
                        "a" + random.nextInt(2),
                        random.nextInt(2) == 0 ? "" : "app “" + random.nextInt(2) + "” 😀",
                        random.nextInt(2) == 0 ? "DE" : "US"),
                new UsageEvent.Asked("chat", "any", random.nextInt(100_000), random.nextBoolean() ? "" : "coding"),
                new UsageEvent.Offer(
                        endpoint,
                        endpoint.isEmpty() ? "" : endpoint.substring(3),
                        endpoint.isEmpty() ? "" : endpoint.substring(0, 2),
                        "v1"),
                attempts,
                new UsageEvent.Used(
                        usage,
                        new Service(
                                TIERS.get(random.nextInt(TIERS.size())),
                                new ToolUses(
                                        random.nextInt(3), random.nextInt(2), random.nextInt(2) * random.nextInt(4))),
                        Quality.values()[random.nextInt(4)]),
                new UsageEvent.Cost(
                        usage.total() == 0 ? 0 : RATES.costNanos(usage),
                        random.nextBoolean() ? OptionalLong.empty() : OptionalLong.of(random.nextInt(1_000_000)),
                        random.nextBoolean() ? "" : "service_tier,web_search"),
                new UsageEvent.Reply(
                        random.nextBoolean(),
                        random.nextInt(20_000),
                        random.nextInt(3),
                        random.nextInt(4) == 0 ? -1 : random.nextInt(3_000_000),
                        random.nextInt(60_000_000)),
                new UsageEvent.Outcome(failed ? 502 : 200, failed ? "error" : "stop", failed ? "" : "end_turn", ""));
    }
}
