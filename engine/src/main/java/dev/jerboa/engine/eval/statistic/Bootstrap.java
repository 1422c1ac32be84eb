package dev.jerboa.engine.eval.statistic;

import java.util.Arrays;

/** Percentile intervals from samples drawn with replacement (Efron 1979). The same values and seed give the same interval. */
public final class Bootstrap {
    private static final int SAMPLES = 1000;
    private static final double TAIL = 0.025;

    private Bootstrap() {}

    /** The 95 % interval of the mean of values; of none 0 to 0. */
    public static Interval ofMean(double[] values, long seed) {
        if (values.length == 0) {
            return new Interval(0, 0);
        }
        double[] means = new double[SAMPLES];
        long state = seed;
        for (int s = 0; s < SAMPLES; s++) {
            double sum = 0;
            for (int i = 0; i < values.length; i++) {
                state += 0x9E3779B97F4A7C15L;
                sum += values[(int) Math.unsignedMultiplyHigh(mixed(state), values.length)];
            }
            means[s] = sum / values.length;
        }
        Arrays.sort(means);
        Quantiles quantiles = new Quantiles(means);
        return new Interval(quantiles.at(TAIL), quantiles.at(1 - TAIL));
    }

    /** SplitMix64's output for a state (Steele, Lea, Flood 2014). */
    static long mixed(long state) {
        long z = (state ^ (state >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
