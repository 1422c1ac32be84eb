package dev.jerboa.server.observe;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.DoubleAdder;

/** Durations counted by buckets, as Prometheus reads them. Thread-safe. */
final class Histogram {
    private final double[] bounds;
    private final AtomicLongArray counts;
    private final DoubleAdder sum = new DoubleAdder();

    /** @param bounds upper bounds of the buckets in seconds, rising */
    Histogram(double... bounds) {
        this.bounds = bounds.clone();
        this.counts = new AtomicLongArray(bounds.length + 1);
    }

    void add(double seconds) {
        int i = 0;
        while (i < bounds.length && seconds > bounds[i]) {
            i++;
        }
        counts.incrementAndGet(i);
        sum.add(seconds);
    }

    double[] bounds() {
        return bounds;
    }

    /** Durations up to bound {@code i}. */
    long upTo(int i) {
        long total = 0;
        for (int j = 0; j <= i; j++) {
            total += counts.get(j);
        }
        return total;
    }

    long count() {
        return upTo(bounds.length);
    }

    double sum() {
        return sum.sum();
    }

    /** About the duration that a share of all does not exceed, in seconds: within its bucket by proportion. */
    double quantile(double share) {
        long all = count();
        double wanted = share * all;
        long before = 0;
        for (int i = 0; i < bounds.length; i++) {
            long here = counts.get(i);
            if (here > 0 && before + here >= wanted) {
                double low = i == 0 ? 0 : bounds[i - 1];
                return low + (bounds[i] - low) * Math.clamp((wanted - before) / here, 0, 1);
            }
            before += here;
        }
        return all == 0 ? 0 : bounds[bounds.length - 1];
    }
}
