package dev.jerboa.model.decoder;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.RotaryTable;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * A rotary position embedding (arXiv 2104.09864): pair i of {@code dims / 2} turns by position · base^(−2i/dims), as
 * {@code scaling} changes it.
 */
public record RotarySpec(int dims, RotaryTable.Layout layout, double base, Scaling scaling) {
    public RotarySpec {
        if (dims <= 0 || dims % 2 != 0 || !(base > 0)) {
            throw new IllegalArgumentException("a rotary embedding of " + dims + " dimensions, base " + base);
        }
    }

    /** How the frequencies are stretched to longer contexts. */
    public sealed interface Scaling {}

    /** Frequencies as they are. */
    public record Unscaled() implements Scaling {}

    /** Every frequency divided by {@code factor}. */
    public record Linear(double factor) implements Scaling {}

    /** Llama 3.1: long wavelengths divided by {@code factor}, short ones kept, a ramp between. */
    public record Llama3(double factor, double lowFactor, double highFactor, double originalContext)
            implements Scaling {}

    /**
     * YaRN (arXiv 2309.00071): a ramp over the frequency index from unscaled to divided by {@code factor}.
     *
     * @param truncate whether the ramp's ends are rounded to whole indices
     * @param magnitude multiplies cosines and sines
     */
    public record Yarn(
            double factor, double originalContext, double betaFast, double betaSlow, boolean truncate, double magnitude)
            implements Scaling {
        /** YaRN's magnitude correction 0.1 · m · ln(factor) + 1, or 1 where the factor does not stretch. */
        public static double magnitude(double factor, double m) {
            return factor <= 1 ? 1 : 0.1 * m * Math.log(factor) + 1;
        }
    }

    /** Frequency i divided by {@code divisors[i]}: what GGUF files store for Llama 3.1. */
    public record Divisors(float[] divisors) implements Scaling {}

    /** The angle by which each pair turns from one position to the next, radians. */
    public double[] frequencies() {
        double[] plain = new double[dims / 2];
        Arrays.setAll(plain, i -> Math.pow(base, -2.0 * i / dims));
        return switch (scaling) {
            case Unscaled none -> plain;
            case Linear linear -> each(plain, i -> plain[i] / linear.factor);
            case Llama3 llama -> each(plain, i -> stretched(plain[i], llama));
            case Yarn yarn -> yarn(plain, yarn);
            case Divisors given -> each(plain, i -> plain[i] / given.divisors[i]);
        };
    }

    /** What cosines and sines are multiplied by. */
    public double magnitude() {
        return scaling instanceof Yarn yarn ? yarn.magnitude : 1;
    }

    /** Cosines and sines for positions below {@code positions}, in {@code arena}. */
    public RotaryTable table(int positions, Arena arena) {
        RotaryTable table = new RotaryTable(FloatRows.allocate(arena, positions, dims), dims, layout);
        fill(table, 0);
        return table;
    }

    /** Writes the rows of position {@code from} and all after it. */
    void fill(RotaryTable table, int from) {
        double[] frequencies = frequencies();
        double magnitude = magnitude();
        FloatRows values = table.values();
        int half = dims / 2;
        for (int p = from; p < values.rows(); p++) {
            for (int i = 0; i < half; i++) {
                double angle = p * frequencies[i];
                values.set(p, i, (float) (Math.cos(angle) * magnitude));
                values.set(p, half + i, (float) (Math.sin(angle) * magnitude));
            }
        }
    }

    private static double[] each(double[] plain, IntToDoubleFunction value) {
        double[] out = new double[plain.length];
        Arrays.setAll(out, value);
        return out;
    }

    private static double stretched(double frequency, Llama3 s) {
        double wavelength = 2 * Math.PI / frequency;
        if (wavelength < s.originalContext / s.highFactor) {
            return frequency;
        }
        if (wavelength > s.originalContext / s.lowFactor) {
            return frequency / s.factor;
        }
        double smooth = (s.originalContext / wavelength - s.lowFactor) / (s.highFactor - s.lowFactor);
        return (1 - smooth) * frequency / s.factor + smooth * frequency;
    }

    private double[] yarn(double[] plain, Yarn s) {
        double low = index(s.betaFast, s);
        double high = index(s.betaSlow, s);
        if (s.truncate) {
            low = Math.floor(low);
            high = Math.ceil(high);
        }
        double from = Math.max(low, 0);
        double to = Math.min(high, dims - 1.0);
        double width = to == from ? 0.001 : to - from;
        return each(plain, i -> {
            double ramp = Math.clamp((i - from) / width, 0.0, 1.0);
            return plain[i] * (1 - ramp) + plain[i] / s.factor * ramp;
        });
    }

    /** The (fractional) frequency index that turns {@code turns} times within the original context. */
    private double index(double turns, Yarn s) {
        return dims * Math.log(s.originalContext / (turns * 2 * Math.PI)) / (2 * Math.log(base));
    }
}
