package dev.jerboa.server.observe;

import dev.jerboa.gateway.ledger.UsageEvent;
import dev.jerboa.gateway.money.Usage;
import java.util.concurrent.atomic.LongAdder;

/** What one endpoint has served. Thread-safe. */
final class EndpointTraffic {
    private final String provider;
    private final String model;
    private final LongAdder input = new LongAdder();
    private final LongAdder cacheRead = new LongAdder();
    private final LongAdder cacheWrite = new LongAdder();
    private final LongAdder output = new LongAdder();
    private final LongAdder reasoning = new LongAdder();
    private final LongAdder costNanos = new LongAdder();
    private final Times duration = new Times(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320);
    private final Times firstChunk = new Times(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40);
    private final Times perChunk = new Times(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1);

    EndpointTraffic(String provider, String model) {
        this.provider = provider;
        this.model = model;
    }

    void ended(UsageEvent event) {
        Usage usage = event.used().tokens();
        input.add(usage.input());
        cacheRead.add(usage.cacheRead());
        cacheWrite.add(usage.cacheWrite() + usage.cacheWriteLong());
        output.add(usage.output());
        reasoning.add(usage.reasoning());
        costNanos.add(event.cost().nanos());
        UsageEvent.Reply reply = event.reply();
        duration.observe(reply.durationMicros() / 1e6);
        if (reply.firstTokenMicros() >= 0) {
            firstChunk.observe(reply.firstTokenMicros() / 1e6);
            if (reply.streamed() && usage.completion() > 1) { // what came at once says nothing of its tokens' times
                perChunk.observe((reply.durationMicros() - reply.firstTokenMicros()) / 1e6 / (usage.completion() - 1));
            }
        }
    }

    String provider() {
        return provider;
    }

    String model() {
        return model;
    }

    /** Tokens by kind: {@code input}, {@code cache_read}, {@code cache_write}, {@code output}, {@code reasoning}. */
    long tokens(String kind) {
        return switch (kind) {
            case "input" -> input.sum();
            case "cache_read" -> cacheRead.sum();
            case "cache_write" -> cacheWrite.sum();
            case "output" -> output.sum();
            case "reasoning" -> reasoning.sum();
            default -> throw new IllegalArgumentException("no kind of tokens: " + kind);
        };
    }

    long costNanos() {
        return costNanos.sum();
    }

    Times duration() {
        return duration;
    }

    Times firstChunk() {
        return firstChunk;
    }

    Times perChunk() {
        return perChunk;
    }
}
