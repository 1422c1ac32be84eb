package dev.jerboa.engine.eval.statistic;

/** So many of a total, with Wilson's interval (Wilson 1927) for the share behind them. */
public record Proportion(long count, long total) {
    /** The 97.5th percentile of the normal distribution. */
    private static final double Z = 1.959963984540054;

    public Proportion {
        if (count < 0 || count > total) {
            throw new IllegalArgumentException(count + " of " + total);
        }
    }

    /** The share; 0 of none. */
    public double share() {
        return total == 0 ? 0 : (double) count / total;
    }

    /** The binomial standard error of the share; 0 of none. */
    public double standardError() {
        return total == 0 ? 0 : Math.sqrt(share() * (1 - share()) / total);
    }

    /** The 95 % interval; 0 to 1 of none. */
    public Interval interval() {
        if (total == 0) {
            return new Interval(0, 1);
        }
        double n = total;
        double scale = 1 + Z * Z / n;
        double centre = (share() + Z * Z / (2 * n)) / scale;
        double margin = Z * Math.sqrt(share() * (1 - share()) / n + Z * Z / (4 * n * n)) / scale;
        return new Interval(count == 0 ? 0 : centre - margin, count == total ? 1 : centre + margin);
    }
}
