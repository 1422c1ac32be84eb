package dev.jerboa.server.observe;

import dev.jerboa.gateway.ledger.Attempt;
import dev.jerboa.gateway.ledger.RefusalReason;
import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.relay.Refusal;
import dev.jerboa.gateway.relay.RelayObserver;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts what the gateway serves. Thread-safe. */
public final class GatewayTraffic implements RelayObserver {
    /** Attempts at an endpoint that ended in a way. */
    record Ending(String endpoint, String outcome) {}

    /** Requests of a form that were put to nobody, by why, and the status that the client was told. */
    record Refused(String form, int status, String reason) {}

    /** What an endpoint did that its prices do not cover. */
    record Unpriced(String endpoint, String what) {}

    /** Attempts at an endpoint that brought nothing and may be charged for. */
    static final class Possible {
        private final LongAdder attempts = new LongAdder();
        private final LongAdder costNanos = new LongAdder();

        long attempts() {
            return attempts.sum();
        }

        /** At most. */
        long costNanos() {
            return costNanos.sum();
        }
    }

    private final Map<String, Possible> possible = new ConcurrentHashMap<>();
    private final Map<Unpriced, LongAdder> unpriced = new ConcurrentHashMap<>();
    private final Map<Ending, LongAdder> attempts = new ConcurrentHashMap<>();
    private final Map<Refused, LongAdder> refusals = new ConcurrentHashMap<>();
    private final Map<String, EndpointTraffic> byEndpoint = new ConcurrentHashMap<>();
    private final Times overhead = new Times(
            0.00005, 0.0001, 0.0002, 0.0003, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1);

    @Override
    public void attempted(Attempt attempt) {
        attempts.computeIfAbsent(new Ending(attempt.endpoint(), attempt.outcome()), key -> new LongAdder())
                .increment();
        Possible may = possible.computeIfAbsent(attempt.endpoint(), key -> new Possible());
        if (attempt.possibleCostNanos() > 0) {
            may.attempts.increment();
            may.costNanos.add(attempt.possibleCostNanos());
        }
    }

    @Override
    public void ended(UsageEvent event, long overheadNanos) {
        overhead.observe(overheadNanos / 1e9);
        UsageEvent.Offer offer = event.offer();
        if (!offer.isNone()) {
            byEndpoint
                    .computeIfAbsent(offer.endpoint(), id -> new EndpointTraffic(offer.provider(), offer.model()))
                    .ended(event);
        }
        for (String what : event.cost().unpricedParts()) {
            unpriced.computeIfAbsent(new Unpriced(offer.endpoint(), what), key -> new LongAdder())
                    .increment();
        }
    }

    @Override
    public void refused(Refusal refusal) {
        RefusalReason reason = refusal.reason();
        refusals.computeIfAbsent(new Refused(refusal.form(), reason.status(), reason.text()), key -> new LongAdder())
                .increment();
    }

    /** Attempts by how they ended. */
    Map<Ending, LongAdder> attempts() {
        return attempts;
    }

    /** Attempts that may be charged for though they brought nothing, by endpoint. */
    Map<String, Possible> possible() {
        return possible;
    }

    /** Requests at endpoints that did what has no price. */
    Map<Unpriced, LongAdder> unpriced() {
        return unpriced;
    }

    Map<Refused, LongAdder> refusals() {
        return refusals;
    }

    /** What each endpoint served. */
    Map<String, EndpointTraffic> byEndpoint() {
        return new TreeMap<>(byEndpoint);
    }

    /** What the gateway itself took of requests, in seconds. */
    Times overhead() {
        return overhead;
    }
}
