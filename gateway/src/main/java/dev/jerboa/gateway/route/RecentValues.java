package dev.jerboa.gateway.route;

import java.util.Arrays;

/** The last {@value #MOST} values of something that is measured, for percentiles of them. Not thread-safe. */
final class RecentValues {
    private static final int MOST = 128;

    private final double[] values = new double[MOST];
    private int count;
    private int next;

    void add(double value) {
        values[next] = value;
        next = (next + 1) % MOST;
        count = Math.min(count + 1, MOST);
    }

    /** The least of the values that so many of a hundred do not exceed (nearest rank); NaN before the first. */
    double percentile(int percent) {
        if (count == 0) {
            return Double.NaN;
        }
        double[] sorted = Arrays.copyOf(values, count);
        Arrays.sort(sorted);
        int rank = (percent * count + 99) / 100;
        return sorted[Math.clamp(rank - 1, 0, count - 1)];
    }
}
