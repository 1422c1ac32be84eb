package dev.jerboa.train.task;

import dev.jerboa.engine.eval.statistic.Interval;
import dev.jerboa.engine.eval.statistic.Proportion;
import java.util.Locale;

/** Right answers out of so many, with Wilson's 95 % interval (Wilson 1927) for the share behind them. */
public record Accuracy(int correct, int total) {
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
        return interval().low();
    }

    /** The interval's upper end; 1 where nothing was asked. */
    public double high() {
        return interval().high();
    }

    private Interval interval() {
        return new Proportion(correct, total).interval();
    }

    /** Such as {@code 96.3 % (95.0–97.3 %, n = 1000)}. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT, "%.1f %% (%.1f–%.1f %%, n = %d)", 100 * share(), 100 * low(), 100 * high(), total);
    }
}
