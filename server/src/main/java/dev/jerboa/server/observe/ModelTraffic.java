package dev.jerboa.server.observe;

import dev.jerboa.engine.generate.Outcome;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import java.util.concurrent.atomic.LongAdder;

/** What one model has served. Thread-safe. */
final class ModelTraffic {
    private final LongAdder succeeded = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final Histogram firstToken =
            histogram(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80);
    private final Histogram perToken =
            histogram(0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5);
    private final Histogram whole =
            histogram(0.1, 0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960);

    /** @param bounds upper bounds of the buckets in seconds, rising */
    private static Histogram histogram(double... bounds) {
        return Histogram.builder()
                .name("seconds")
                .classicOnly()
                .classicUpperBounds(bounds)
                .withoutExemplars()
                .build();
    }

    void ended(Outcome outcome) {
        succeeded.increment();
        double first = outcome.timings().promptNanos() / 1e9;
        double generation = outcome.timings().generationNanos() / 1e9;
        firstToken.observe(first);
        whole.observe(first + generation);
        if (outcome.timings().generationTokens() > 0) {
            perToken.observe(generation / outcome.timings().generationTokens());
        }
    }

    void failed() {
        failed.increment();
    }

    long succeeded() {
        return succeeded.sum();
    }

    long failures() {
        return failed.sum();
    }

    HistogramDataPointSnapshot firstToken() {
        return now(firstToken);
    }

    HistogramDataPointSnapshot perToken() {
        return now(perToken);
    }

    HistogramDataPointSnapshot whole() {
        return now(whole);
    }

    private static HistogramDataPointSnapshot now(Histogram histogram) {
        return histogram.collect().getDataPoints().getFirst();
    }
}
