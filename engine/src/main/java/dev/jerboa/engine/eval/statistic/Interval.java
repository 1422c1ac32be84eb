package dev.jerboa.engine.eval.statistic;

/** Where a number probably lies: from {@code low} to {@code high}. */
public record Interval(double low, double high) {}
