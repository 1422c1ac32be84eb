package dev.jerboa.train.task;

import java.util.Locale;

/** Right answers out of so many, with Wilson's 95 % interval (Wilson 1927) for the share behind them. */
public record Accuracy(int correct, int total) {
    /** The 97.5th percentile of the normal distribution. */
    private static final double Z = 1.959963984540054;

    public Accuracy {
        if (correct < 0 || correct > total) {
            throw new IllegalArgumentException(correct + " right answers of " + total);
        }
    }

    /** Right answers as a share of all; 0 of none. */
    public double share() {
        return total == 0 ? 0 : (double) correct / total;
    }

    /** The interval's lower end; 0 where nothing was asked. */
    public double low() {
        return correct == 0 ? 0 : centre() - margin();
    }

    /** The interval's upper end; 1 where nothing was asked. */
    public double high() {
        return correct == total ? 1 : centre() + margin();
    }

    private double centre() {
        return (share() + Z * Z / (2 * total)) / (1 + Z * Z / total);
    }

    private double margin() {
        double p = share();
        return Z * Math.sqrt(p * (1 - p) / total + Z * Z / (4.0 * total * total)) / (1 + Z * Z / total);
    }

    /** Such as {@code 96.3 % (95.0–97.3 %, n = 1000)}. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT, "%.1f %% (%.1f–%.1f %%, n = %d)", 100 * share(), 100 * low(), 100 * high(), total);
    }
}
