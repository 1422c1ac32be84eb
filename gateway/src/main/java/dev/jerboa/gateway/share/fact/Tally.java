package dev.jerboa.gateway.share.fact;

import dev.jerboa.gateway.ledger.Figure;
import java.util.function.ToLongFunction;

/**
 * A sum of each {@link Figure}, as {@link dev.jerboa.gateway.ledger.Sums} has them, that others are added to without a new object for each:
 * charts add up as many as there are rows. One thread while it is added to. A sum beyond 2⁶³ − 1 is an {@link ArithmeticException}, never a
 * wrong figure.
 */
public final class Tally {
    private final long[] values;

    /** All zero. */
    public Tally() {
        this.values = new long[Figure.all().size()];
    }

    /** @param value of each figure */
    public Tally(ToLongFunction<Figure> value) {
        this();
        for (Figure figure : Figure.all()) {
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
