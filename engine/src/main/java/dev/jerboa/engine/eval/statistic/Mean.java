package dev.jerboa.engine.eval.statistic;

/** A mean with its standard error, as values are added (Welford 1962): the error is that of independent values. */
public final class Mean {
    private long count;
    private double mean;
    private double squares;

    public void add(double value) {
        count++;
        double off = value - mean;
        mean += off / count;
        squares += off * (value - mean);
    }

    public long count() {
        return count;
    }

    /** The mean; 0 of none. */
    public double value() {
        return mean;
    }

    /** The standard deviation of the values, with n − 1; 0 of fewer than two. */
    public double deviation() {
        return count < 2 ? 0 : Math.sqrt(squares / (count - 1));
    }

    /** The standard error of the mean; 0 of fewer than two. */
    public double standardError() {
        return count < 2 ? 0 : deviation() / Math.sqrt(count);
    }
}
