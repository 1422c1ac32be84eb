package dev.jerboa.gateway.share.fact;

import java.util.function.ToLongFunction;

/** Tally of reader, one for each {@link Figure}. One thread while it is added to; a sum beyond 2⁶³ − 1 is an error, never a wrong figure. */
public final class Tally {
    private static final Figure[] FIGURES = Figure.values();

    private final long[] values;

    /** All zero. */
    public Tally() {
        this.values = new long[FIGURES.length];
    }

    /** @param value of each figure */
    public Tally(ToLongFunction<Figure> value) {
        this();
        for (Figure figure : FIGURES) {
            values[figure.ordinal()] = value.applyAsLong(figure);
        }
    }

    public long of(Figure figure) {
        return values[figure.ordinal()];
    }

    public void add(Tally other) {
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.addExact(values[i], other.values[i]);
        }
    }

    /** All tokens of prompts. */
    public long prompt() {
        return sum(Figure.INPUT, Figure.CACHE_READ, Figure.CACHE_WRITE, Figure.CACHE_WRITE_LONG);
    }

    /** All tokens of replies. */
    public long completion() {
        return sum(Figure.OUTPUT, Figure.REASONING);
    }

    public long tokens() {
        return Math.addExact(prompt(), completion());
    }

    public long bytes() {
        return sum(Figure.BYTES_IN, Figure.BYTES_OUT);
    }

    private long sum(Figure... figures) {
        long sum = 0;
        for (Figure figure : figures) {
            sum = Math.addExact(sum, of(figure));
        }
        return sum;
    }
}
