package dev.jerboa.kernel.ops.vector;

import static dev.jerboa.kernel.ops.vector.Lanes.FLOATS;
import static dev.jerboa.kernel.ops.vector.Lanes.load;
import static dev.jerboa.kernel.ops.vector.Lanes.store;

import jdk.incubator.vector.FloatVector;

/**
 * Weighted sums of rows for two results at once: {@code out = out · fade + Σ weight · row}. Each element: the old value
 * times {@code fade}, then one fused multiply-add a row, ascending; so the tile that an element falls into changes nothing.
 */
final class Blends {
    /** Always 1; not final, so that loops by it are not counted loops (see {@link Dots}). */
    private static int one = 1;

    private Blends() {}

    /** Four vectors of columns. */
    static void four(
            long row,
            long stride,
            int rows,
            long weight,
            long weightOther,
            long out,
            float fade,
            long other,
            float fadeOther) {
        long second = Dots.SUM_BYTES;
        FloatVector a0 = load(out).mul(fade);
        FloatVector a1 = load(out + second).mul(fade);
        FloatVector a2 = load(out + 2 * second).mul(fade);
        FloatVector a3 = load(out + 3 * second).mul(fade);
        FloatVector b0 = load(other).mul(fadeOther);
        FloatVector b1 = load(other + second).mul(fadeOther);
        FloatVector b2 = load(other + 2 * second).mul(fadeOther);
        FloatVector b3 = load(other + 3 * second).mul(fadeOther);
        int by = one;
        for (int r = 0; r < rows; r += by, row += stride) {
            FloatVector x = FloatVector.broadcast(FLOATS, Lanes.get(weight + 4L * r));
            FloatVector y = FloatVector.broadcast(FLOATS, Lanes.get(weightOther + 4L * r));
            FloatVector v = load(row);
            a0 = v.fma(x, a0);
            b0 = v.fma(y, b0);
            v = load(row + second);
            a1 = v.fma(x, a1);
            b1 = v.fma(y, b1);
            v = load(row + 2 * second);
            a2 = v.fma(x, a2);
            b2 = v.fma(y, b2);
            v = load(row + 3 * second);
            a3 = v.fma(x, a3);
            b3 = v.fma(y, b3);
        }
        store(a0, out);
        store(a1, out + second);
        store(a2, out + 2 * second);
        store(a3, out + 3 * second);
        store(b0, other);
        store(b1, other + second);
        store(b2, other + 2 * second);
        store(b3, other + 3 * second);
    }

    /** One vector of columns. */
    static void one(
            long row,
            long stride,
            int rows,
            long weight,
            long weightOther,
            long out,
            float fade,
            long other,
            float fadeOther) {
        FloatVector a = load(out).mul(fade);
        FloatVector b = load(other).mul(fadeOther);
        int by = one;
        for (int r = 0; r < rows; r += by, row += stride) {
            FloatVector v = load(row);
            a = v.fma(FloatVector.broadcast(FLOATS, Lanes.get(weight + 4L * r)), a);
            b = v.fma(FloatVector.broadcast(FLOATS, Lanes.get(weightOther + 4L * r)), b);
        }
        store(a, out);
        store(b, other);
    }

    /** One column of one result. */
    static void column(long row, long stride, int rows, long weight, long out, float fade) {
        float sum = Lanes.get(out) * fade;
        for (int r = 0; r < rows; r++, row += stride) {
            sum = Math.fma(Lanes.get(row), Lanes.get(weight + 4L * r), sum);
        }
        Lanes.set(out, sum);
    }
}
