package dev.jerboa.server.observe;

import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;

/** Seconds, by buckets. Thread-safe. */
final class Times {
    private final Histogram histogram;

    /** @param bounds upper bounds in seconds, rising */
    Times(double... bounds) {
        histogram = Histogram.builder()
                .name("seconds")
                .classicOnly()
                .classicUpperBounds(bounds)
                .withoutExemplars()
                .build();
    }

    void observe(double seconds) {
        histogram.observe(seconds);
    }

    /** How they stand now. */
    HistogramDataPointSnapshot now() {
        return histogram.collect().getDataPoints().getFirst();
    }
}
