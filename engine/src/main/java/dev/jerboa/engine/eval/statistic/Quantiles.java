package dev.jerboa.engine.eval.statistic;

import java.util.Arrays;

/** Quantiles of values, with standard errors from the values whose ranks are one binomial deviation away: no distribution is assumed. */
public final class Quantiles {
    private final double[] sorted;

    /** @param values at least one */
    public Quantiles(double[] values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("quantiles of no values");
        }
        sorted = values.clone();
        Arrays.sort(sorted);
    }

    /** The value below which a share {@code q} lies, between ranks in proportion. */
    public double at(double q) {
        double rank = q * (sorted.length - 1);
        int below = (int) rank;
        double above = sorted[Math.min(below + 1, sorted.length - 1)];
        double part = rank - below;
        return part == 0 ? sorted[below] : sorted[below] * (1 - part) + above * part;
    }

    /** The standard error of {@link #at}. */
    public double standardError(double q) {
        double off = Math.sqrt(q * (1 - q) / sorted.length);
        double low = at(Math.max(0, q - off));
        double high = at(Math.min(1, q + off));
        return high == low ? 0 : (high - low) / 2;
    }
}
