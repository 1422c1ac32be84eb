package dev.jerboa.kernel.ops.vector;

import static dev.jerboa.kernel.ops.vector.Lanes.COUNT;
import static dev.jerboa.kernel.ops.vector.Lanes.load;
import static dev.jerboa.kernel.ops.vector.Lanes.store;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.kernel.ops.RotaryTable;
import jdk.incubator.vector.FloatVector;

/**
 * Loops over one stretch of floats at an address. A value's bits do not depend on whether it falls into a whole vector or
 * into the scalar remainder: both make the same operations.
 */
final class Elementwise {
    /** 2 · √(2/π): the tanh of GELU by the logistic function, ½ (1 + tanh u) = 1 / (1 + e^(−2u)). */
    private static final float GELU_OUTER = (float) (2 * Math.sqrt(2 / Math.PI));

    private static final float GELU_CUBIC = 0.044715f;

    private Elementwise() {}

    /** x += y. */
    static void add(long x, long y, int count) {
        int main = count & -COUNT;
        for (int i = 0; i < main; i += COUNT) {
            store(load(x + 4L * i).add(load(y + 4L * i)), x + 4L * i);
        }
        for (int i = main; i < count; i++) {
            Lanes.set(x + 4L * i, Lanes.get(x + 4L * i) + Lanes.get(y + 4L * i));
        }
    }

    /** x += y · by, the product rounded first. */
    static void addScaled(long x, long y, int count, float by) {
        int main = count & -COUNT;
        for (int i = 0; i < main; i += COUNT) {
            store(load(x + 4L * i).add(load(y + 4L * i).mul(by)), x + 4L * i);
        }
        for (int i = main; i < count; i++) {
            Lanes.set(x + 4L * i, Lanes.get(x + 4L * i) + Lanes.get(y + 4L * i) * by);
        }
    }

    /** x *= by. */
    static void scale(long x, int count, float by) {
        setScaled(x, x, count, by);
    }

    /** x = y · by. */
    static void setScaled(long x, long y, int count, float by) {
        int main = count & -COUNT;
        for (int i = 0; i < main; i += COUNT) {
            store(load(y + 4L * i).mul(by), x + 4L * i);
        }
        for (int i = main; i < count; i++) {
            Lanes.set(x + 4L * i, Lanes.get(y + 4L * i) * by);
        }
    }

    /** out = x / rms(x) · weight; {@code out} may be {@code x}. */
    static void norm(long x, int size, long weight, float eps, long out) {
        float scale = (float) (1 / Math.sqrt(Dots.one(x, x, size) / (double) size + eps));
        int main = size & -COUNT;
        for (int i = 0; i < main; i += COUNT) {
            store(load(x + 4L * i).mul(scale).mul(load(weight + 4L * i)), out + 4L * i);
        }
        for (int i = main; i < size; i++) {
            Lanes.set(out + 4L * i, Lanes.get(x + 4L * i) * scale * Lanes.get(weight + 4L * i));
        }
    }

    /** out = activation(gate) · up. */
    static void gatedUnit(Activation activation, long gate, long up, long out, int count) {
        boolean silu = activation == Activation.SILU;
        int main = count & -COUNT;
        for (int i = 0; i < main; i += COUNT) {
            FloatVector g = load(gate + 4L * i);
            FloatVector inner =
                    silu ? g : g.mul(g).mul(GELU_CUBIC).add(1f).mul(g).mul(GELU_OUTER);
            FloatVector activated = g.div(Exponential.of(inner.neg()).add(1f));
            store(activated.mul(load(up + 4L * i)), out + 4L * i);
        }
        for (int i = main; i < count; i++) {
            float g = Lanes.get(gate + 4L * i);
            float inner = silu ? g : (g * g * GELU_CUBIC + 1f) * g * GELU_OUTER;
            Lanes.set(out + 4L * i, g / (Exponential.of(-inner) + 1f) * Lanes.get(up + 4L * i));
        }
    }

    /** Turns the pairs of one head; {@code table} is the row of the token's position. */
    static void rotate(long x, int dims, RotaryTable.Layout layout, long table) {
        int half = dims / 2;
        long sines = table + 4L * half;
        boolean split = layout == RotaryTable.Layout.HALF_SPLIT;
        int main = split ? half & -COUNT : 0;
        for (int i = 0; i < main; i += COUNT) {
            long first = x + 4L * i;
            long second = first + 4L * half;
            FloatVector a = load(first);
            FloatVector b = load(second);
            FloatVector cos = load(table + 4L * i);
            FloatVector sin = load(sines + 4L * i);
            store(a.mul(cos).sub(b.mul(sin)), first);
            store(a.mul(sin).add(b.mul(cos)), second);
        }
        for (int i = main; i < half; i++) {
            long first = x + 4L * (split ? i : 2 * i);
            long second = first + 4L * (split ? half : 1);
            float a = Lanes.get(first);
            float b = Lanes.get(second);
            float cos = Lanes.get(table + 4L * i);
            float sin = Lanes.get(sines + 4L * i);
            Lanes.set(first, a * cos - b * sin);
            Lanes.set(second, a * sin + b * cos);
        }
    }
}
