package dev.jerboa.kernel.ops.vector;

import static dev.jerboa.kernel.ops.vector.Lanes.COUNT;
import static dev.jerboa.kernel.ops.vector.Lanes.load;

import jdk.incubator.vector.FloatVector;

/**
 * Dot products of float32 rows: tiles of weight rows × tokens whose sums stay in registers. Whatever the tile, one pair of
 * rows is summed in one order: lane l takes the products of columns ≡ l modulo the lanes, by fused multiply-add and
 * ascending; the lanes are added by {@link Lanes#sum}; the columns that do not fill a vector follow one by one.
 *
 * <p>At most 8 sums in a tile of 256-bit vectors: beyond about 11 live registers the compiler spills.
 */
final class Dots {
    private Dots() {}

    /** The sum of the lanes, then the columns from {@code main} on. */
    private static float finish(FloatVector lanes, long w, long x, int main, int cols) {
        float sum = Lanes.sum(lanes);
        for (int k = main; k < cols; k++) {
            sum = Math.fma(Lanes.get(w + 4L * k), Lanes.get(x + 4L * k), sum);
        }
        return sum;
    }

    private static void put(long out, float value, boolean add) {
        Lanes.set(out, add ? Lanes.get(out) + value : value);
    }

    static float one(long w, long x, int cols) {
        FloatVector a = FloatVector.zero(Lanes.FLOATS);
        int main = cols & -COUNT;
        for (int k = 0; k < main; k += COUNT) {
            a = load(w + 4L * k).fma(load(x + 4L * k), a);
        }
        return finish(a, w, x, main, cols);
    }

    /** 4 rows, {@code stride} bytes apart, by 1 token; results go to 4 consecutive floats at {@code out}. */
    static void rows4(long w, long stride, long x, int cols, long out, boolean add) {
        long w1 = w + stride;
        long w2 = w1 + stride;
        long w3 = w2 + stride;
        FloatVector a0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector a1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector a2 = FloatVector.zero(Lanes.FLOATS);
        FloatVector a3 = FloatVector.zero(Lanes.FLOATS);
        int main = cols & -COUNT;
        for (int k = 0; k < main; k += COUNT) {
            FloatVector v = load(x + 4L * k);
            a0 = load(w + 4L * k).fma(v, a0);
            a1 = load(w1 + 4L * k).fma(v, a1);
            a2 = load(w2 + 4L * k).fma(v, a2);
            a3 = load(w3 + 4L * k).fma(v, a3);
        }
        put(out, finish(a0, w, x, main, cols), add);
        put(out + 4, finish(a1, w1, x, main, cols), add);
        put(out + 8, finish(a2, w2, x, main, cols), add);
        put(out + 12, finish(a3, w3, x, main, cols), add);
    }

    /** 4 rows by the tokens at {@code x} and {@code y}; results go to 4 consecutive floats at {@code outX} and {@code outY}. */
    static void rows4x2(long w, long stride, long x, long y, int cols, long outX, long outY, boolean add) {
        long w1 = w + stride;
        long w2 = w1 + stride;
        long w3 = w2 + stride;
        FloatVector a0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector a1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector a2 = FloatVector.zero(Lanes.FLOATS);
        FloatVector a3 = FloatVector.zero(Lanes.FLOATS);
        FloatVector b0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector b1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector b2 = FloatVector.zero(Lanes.FLOATS);
        FloatVector b3 = FloatVector.zero(Lanes.FLOATS);
        int main = cols & -COUNT;
        for (int k = 0; k < main; k += COUNT) {
            FloatVector u = load(x + 4L * k);
            FloatVector v = load(y + 4L * k);
            FloatVector r = load(w + 4L * k);
            a0 = r.fma(u, a0);
            b0 = r.fma(v, b0);
            r = load(w1 + 4L * k);
            a1 = r.fma(u, a1);
            b1 = r.fma(v, b1);
            r = load(w2 + 4L * k);
            a2 = r.fma(u, a2);
            b2 = r.fma(v, b2);
            r = load(w3 + 4L * k);
            a3 = r.fma(u, a3);
            b3 = r.fma(v, b3);
        }
        put(outX, finish(a0, w, x, main, cols), add);
        put(outX + 4, finish(a1, w1, x, main, cols), add);
        put(outX + 8, finish(a2, w2, x, main, cols), add);
        put(outX + 12, finish(a3, w3, x, main, cols), add);
        put(outY, finish(b0, w, y, main, cols), add);
        put(outY + 4, finish(b1, w1, y, main, cols), add);
        put(outY + 8, finish(b2, w2, y, main, cols), add);
        put(outY + 12, finish(b3, w3, y, main, cols), add);
    }
}
