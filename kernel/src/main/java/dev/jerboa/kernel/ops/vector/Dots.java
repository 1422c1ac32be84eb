package dev.jerboa.kernel.ops.vector;

import static dev.jerboa.kernel.ops.vector.Lanes.COUNT;
import static dev.jerboa.kernel.ops.vector.Lanes.load;
import static dev.jerboa.kernel.ops.vector.Lanes.store;

import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.Arena;
import jdk.incubator.vector.FloatVector;

/**
 * Dot products of float32 rows: tiles of weight rows × tokens whose sums stay in registers. Whatever the tile, one pair of
 * rows is summed in one order: lane l takes the products of columns ≡ l modulo the lanes, by fused multiply-add and
 * ascending; the lanes are added by {@link Lanes#sum}; the columns that do not fill a vector follow one by one.
 *
 * <p>Long rows come in stretches of columns that fit the first-level cache; between stretches, and at the end, the lanes of
 * each sum rest in memory. So a tile is: take up the sums, walk the columns, put the sums down; {@link #finish} makes numbers
 * of them. Tiles walk whole vectors only.
 *
 * <p>Two habits keep C2 from spoiling the loops: at most 9 sums (beyond about 11 live vectors it spills), and a step that it
 * cannot take for a constant, since it would unroll a counted loop, spill again and lose half the speed.
 */
final class Dots {
    /** Bytes of one resting sum. */
    static final long SUM_BYTES = 4L * COUNT;

    /** Sums of zero to take up at the start, for six rows; the stride from token to token is 0. */
    static final long ZEROS =
            Arena.global().allocate(6 * SUM_BYTES, FloatRows.ALIGNMENT).address();

    /** Bytes of a vector; not final, so that loops over it are not counted loops. */
    private static long step = 4L * COUNT;

    private Dots() {}

    /** The bytes of {@code cols} columns that fill whole vectors. */
    static long mainBytes(int cols) {
        return 4L * (cols & -COUNT);
    }

    /** Adds the lanes of the sum at {@code sums}, then the columns of {@code w} and {@code x} that fill no vector. */
    static float finish(long sums, long w, long x, int cols) {
        float sum = Lanes.sum(load(sums));
        for (int k = cols & -COUNT; k < cols; k++) {
            sum = Math.fma(Lanes.get(w + 4L * k), Lanes.get(x + 4L * k), sum);
        }
        return sum;
    }

    /** One whole pair. */
    static float one(long w, long x, int cols) {
        FloatVector a = FloatVector.zero(Lanes.FLOATS);
        long end = mainBytes(cols);
        long by = step;
        for (long k = 0; k < end; k += by) {
            a = load(w + k).fma(load(x + k), a);
        }
        float sum = Lanes.sum(a);
        for (int k = cols & -COUNT; k < cols; k++) {
            sum = Math.fma(Lanes.get(w + 4L * k), Lanes.get(x + 4L * k), sum);
        }
        return sum;
    }

    /** One row by one token: {@code end} bytes of columns, sums from {@code from} to {@code to}. */
    static void rows1(long w, long x, long end, long from, long to) {
        FloatVector a = load(from);
        long by = step;
        for (long k = 0; k < end; k += by) {
            a = load(w + k).fma(load(x + k), a);
        }
        store(a, to);
    }

    /** 6 rows, {@code stride} bytes apart, by one token; their sums lie side by side. */
    static void rows6(long w, long stride, long x, long end, long from, long to) {
        long w1 = w + stride;
        long w2 = w1 + stride;
        long w3 = w2 + stride;
        long w4 = w3 + stride;
        long w5 = w4 + stride;
        FloatVector a0 = load(from);
        FloatVector a1 = load(from + SUM_BYTES);
        FloatVector a2 = load(from + 2 * SUM_BYTES);
        FloatVector a3 = load(from + 3 * SUM_BYTES);
        FloatVector a4 = load(from + 4 * SUM_BYTES);
        FloatVector a5 = load(from + 5 * SUM_BYTES);
        long by = step;
        for (long k = 0; k < end; k += by) {
            FloatVector v = load(x + k);
            a0 = load(w + k).fma(v, a0);
            a1 = load(w1 + k).fma(v, a1);
            a2 = load(w2 + k).fma(v, a2);
            a3 = load(w3 + k).fma(v, a3);
            a4 = load(w4 + k).fma(v, a4);
            a5 = load(w5 + k).fma(v, a5);
        }
        store(a0, to);
        store(a1, to + SUM_BYTES);
        store(a2, to + 2 * SUM_BYTES);
        store(a3, to + 3 * SUM_BYTES);
        store(a4, to + 4 * SUM_BYTES);
        store(a5, to + 5 * SUM_BYTES);
    }

    /** One row by the tokens at {@code x}, {@code y} and {@code z}, whose sums lie {@code fromStride} and {@code toStride} apart. */
    static void rows1x3(long w, long x, long y, long z, long end, long from, long fromStride, long to, long toStride) {
        FloatVector a = load(from);
        FloatVector b = load(from + fromStride);
        FloatVector c = load(from + 2 * fromStride);
        long by = step;
        for (long k = 0; k < end; k += by) {
            FloatVector r = load(w + k);
            a = r.fma(load(x + k), a);
            b = r.fma(load(y + k), b);
            c = r.fma(load(z + k), c);
        }
        store(a, to);
        store(b, to + toStride);
        store(c, to + 2 * toStride);
    }

    /** 3 rows by 3 tokens: sums of a token side by side, those of the next {@code fromStride} and {@code toStride} on. */
    static void rows3x3(
            long w, long stride, long x, long y, long z, long end, long from, long fromStride, long to, long toStride) {
        long w1 = w + stride;
        long w2 = w1 + stride;
        long next = from + fromStride;
        long last = next + fromStride;
        FloatVector a0 = load(from);
        FloatVector a1 = load(from + SUM_BYTES);
        FloatVector a2 = load(from + 2 * SUM_BYTES);
        FloatVector b0 = load(next);
        FloatVector b1 = load(next + SUM_BYTES);
        FloatVector b2 = load(next + 2 * SUM_BYTES);
        FloatVector c0 = load(last);
        FloatVector c1 = load(last + SUM_BYTES);
        FloatVector c2 = load(last + 2 * SUM_BYTES);
        long by = step;
        for (long k = 0; k < end; k += by) {
            FloatVector u = load(x + k);
            FloatVector v = load(y + k);
            FloatVector t = load(z + k);
            FloatVector r = load(w + k);
            a0 = r.fma(u, a0);
            b0 = r.fma(v, b0);
            c0 = r.fma(t, c0);
            r = load(w1 + k);
            a1 = r.fma(u, a1);
            b1 = r.fma(v, b1);
            c1 = r.fma(t, c1);
            r = load(w2 + k);
            a2 = r.fma(u, a2);
            b2 = r.fma(v, b2);
            c2 = r.fma(t, c2);
        }
        store(a0, to);
        store(a1, to + SUM_BYTES);
        store(a2, to + 2 * SUM_BYTES);
        store(b0, to + toStride);
        store(b1, to + toStride + SUM_BYTES);
        store(b2, to + toStride + 2 * SUM_BYTES);
        store(c0, to + 2 * toStride);
        store(c1, to + 2 * toStride + SUM_BYTES);
        store(c2, to + 2 * toStride + 2 * SUM_BYTES);
    }

    /** 4 rows by 2 tokens, from zero; the sums of a token lie side by side at {@code toX} and {@code toY}. */
    static void rows4x2(long w, long stride, long x, long y, long end, long toX, long toY) {
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
        long by = step;
        for (long k = 0; k < end; k += by) {
            FloatVector u = load(x + k);
            FloatVector v = load(y + k);
            FloatVector r = load(w + k);
            a0 = r.fma(u, a0);
            b0 = r.fma(v, b0);
            r = load(w1 + k);
            a1 = r.fma(u, a1);
            b1 = r.fma(v, b1);
            r = load(w2 + k);
            a2 = r.fma(u, a2);
            b2 = r.fma(v, b2);
            r = load(w3 + k);
            a3 = r.fma(u, a3);
            b3 = r.fma(v, b3);
        }
        store(a0, toX);
        store(a1, toX + SUM_BYTES);
        store(a2, toX + 2 * SUM_BYTES);
        store(a3, toX + 3 * SUM_BYTES);
        store(b0, toY);
        store(b1, toY + SUM_BYTES);
        store(b2, toY + 2 * SUM_BYTES);
        store(b3, toY + 3 * SUM_BYTES);
    }
}
