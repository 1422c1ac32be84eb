package dev.jerboa.server.observe;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;

/** Estimates from counts by buckets. */
final class Quantiles {
    private Quantiles() {}

    /** About the value that a share of all does not exceed: within its bucket by proportion; 0 where nothing was counted. */
    static double of(HistogramDataPointSnapshot histogram, double share) {
        ClassicHistogramBuckets buckets = histogram.getClassicBuckets();
        double wanted = share * histogram.getCount();
        double low = 0;
        long before = 0;
        for (int i = 0; i < buckets.size(); i++) {
            double high = buckets.getUpperBound(i);
            long here = buckets.getCount(i);
            if (here > 0 && before + here >= wanted) {
                return high == Double.POSITIVE_INFINITY
                        ? low
                        : low + (high - low) * Math.clamp((wanted - before) / here, 0, 1);
            }
            before += here;
            low = high == Double.POSITIVE_INFINITY ? low : high;
        }
        return 0;
    }
}
