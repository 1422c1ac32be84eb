package dev.jerboa.kernel.ops.vector;

import static dev.jerboa.kernel.ops.vector.Lanes.COUNT;
import static dev.jerboa.kernel.ops.vector.Lanes.load;
import static dev.jerboa.kernel.ops.vector.Lanes.store;

import jdk.incubator.vector.FloatVector;

/**
 * Dot products of float32 rows: tiles of weight rows × tokens whose sums stay in registers. Whatever the tile, one pair of
 * rows is summed in one order: lane l takes the products of columns ≡ l modulo the lanes, by fused multiply-add and
 * ascending; the lanes are added by {@link Lanes#sum}; the columns that do not fill a vector follow one by one.
 *
 * <p>Long rows come in stretches of columns that fit the first-level cache. Between stretches the lanes of each sum rest in
 * memory at {@code sums}, so the order stays the same; only the last stretch may have columns that do not fill a vector.
 *
 * <p>Two habits keep C2 from spoiling the loops: at most 9 sums (beyond about 11 live vectors it spills), and a step that it
 * cannot take for a constant, since it would unroll a counted loop, spill again and lose half the speed.
 */
final class Dots {
    /** Bytes of one resting sum. */
    static final long SUM_BYTES = 4L * COUNT;

    /** Bytes of a vector; not final, so that loops over it are not counted loops. */
    private static long step = 4L * COUNT;

    private Dots() {}

    /** Which stretch of the columns a call covers, and what to do with the results. */
    enum Stage {
        /** The first of several stretches: sums start at zero and rest. */
        FIRST,
        /** A stretch between: sums are taken up and rest again. */
        MIDDLE,
        /** The last of several: sums are taken up and finished. */
        LAST,
        /** The only one. */
        WHOLE;

        static Stage of(boolean first, boolean last) {
            return first ? (last ? WHOLE : FIRST) : (last ? LAST : MIDDLE);
        }

        boolean resumes() {
            return this == MIDDLE || this == LAST;
        }

        boolean finishes() {
            return this == LAST || this == WHOLE;
        }
    }

    private static FloatVector zero() {
        return FloatVector.zero(Lanes.FLOATS);
    }

    /** The bytes of {@code cols} columns that fill whole vectors. */
    private static long mainBytes(int cols) {
        return 4L * (cols & -COUNT);
    }

    /** Adds the lanes, then the columns that do not fill a vector, and writes the result. */
    private static void finish(FloatVector lanes, long w, long x, int cols, long out, boolean add) {
        float sum = Lanes.sum(lanes);
        for (int k = cols & -COUNT; k < cols; k++) {
            sum = Math.fma(Lanes.get(w + 4L * k), Lanes.get(x + 4L * k), sum);
        }
        Lanes.set(out, add ? Lanes.get(out) + sum : sum);
    }

    /** One whole pair. */
    static float one(long w, long x, int cols) {
        FloatVector a = zero();
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

    /** One row by one token, in stretches. */
    static void rows1(long w, long x, int cols, Stage stage, long sums, long out, boolean add) {
        FloatVector a = stage.resumes() ? load(sums) : zero();
        long end = mainBytes(cols);
        long by = step;
        for (long k = 0; k < end; k += by) {
            a = load(w + k).fma(load(x + k), a);
        }
        if (stage.finishes()) {
            finish(a, w, x, cols, out, add);
        } else {
            store(a, sums);
        }
    }

    /** 6 rows, {@code stride} bytes apart, by one token; results go to 6 consecutive floats at {@code out}. */
    static void rows6(long w, long stride, long x, int cols, Stage stage, long sums, long out, boolean add) {
        long w1 = w + stride;
        long w2 = w1 + stride;
        long w3 = w2 + stride;
        long w4 = w3 + stride;
        long w5 = w4 + stride;
        boolean resumes = stage.resumes();
        FloatVector a0 = resumes ? load(sums) : zero();
        FloatVector a1 = resumes ? load(sums + SUM_BYTES) : zero();
        FloatVector a2 = resumes ? load(sums + 2 * SUM_BYTES) : zero();
        FloatVector a3 = resumes ? load(sums + 3 * SUM_BYTES) : zero();
        FloatVector a4 = resumes ? load(sums + 4 * SUM_BYTES) : zero();
        FloatVector a5 = resumes ? load(sums + 5 * SUM_BYTES) : zero();
        long end = mainBytes(cols);
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
        if (stage.finishes()) {
            finish(a0, w, x, cols, out, add);
            finish(a1, w1, x, cols, out + 4, add);
            finish(a2, w2, x, cols, out + 8, add);
            finish(a3, w3, x, cols, out + 12, add);
            finish(a4, w4, x, cols, out + 16, add);
            finish(a5, w5, x, cols, out + 20, add);
        } else {
            store(a0, sums);
            store(a1, sums + SUM_BYTES);
            store(a2, sums + 2 * SUM_BYTES);
            store(a3, sums + 3 * SUM_BYTES);
            store(a4, sums + 4 * SUM_BYTES);
            store(a5, sums + 5 * SUM_BYTES);
        }
    }

    /** One row by the tokens at {@code x}, {@code y} and {@code z}; one result at each of {@code outX} and so on. */
    static void rows1x3(
            long w,
            long x,
            long y,
            long z,
            int cols,
            Stage stage,
            long sums,
            long outX,
            long outY,
            long outZ,
            boolean add) {
        boolean resumes = stage.resumes();
        FloatVector a = resumes ? load(sums) : zero();
        FloatVector b = resumes ? load(sums + SUM_BYTES) : zero();
        FloatVector c = resumes ? load(sums + 2 * SUM_BYTES) : zero();
        long end = mainBytes(cols);
        long by = step;
        for (long k = 0; k < end; k += by) {
            FloatVector r = load(w + k);
            a = r.fma(load(x + k), a);
            b = r.fma(load(y + k), b);
            c = r.fma(load(z + k), c);
        }
        if (stage.finishes()) {
            finish(a, w, x, cols, outX, add);
            finish(b, w, y, cols, outY, add);
            finish(c, w, z, cols, outZ, add);
        } else {
            store(a, sums);
            store(b, sums + SUM_BYTES);
            store(c, sums + 2 * SUM_BYTES);
        }
    }

    /** 3 rows by 3 tokens; results go to 3 consecutive floats at each of {@code outX}, {@code outY} and {@code outZ}. */
    static void rows3x3(
            long w,
            long stride,
            long x,
            long y,
            long z,
            int cols,
            Stage stage,
            long sums,
            long outX,
            long outY,
            long outZ,
            boolean add) {
        long w1 = w + stride;
        long w2 = w1 + stride;
        boolean resumes = stage.resumes();
        FloatVector a0 = resumes ? load(sums) : zero();
        FloatVector a1 = resumes ? load(sums + SUM_BYTES) : zero();
        FloatVector a2 = resumes ? load(sums + 2 * SUM_BYTES) : zero();
        FloatVector b0 = resumes ? load(sums + 3 * SUM_BYTES) : zero();
        FloatVector b1 = resumes ? load(sums + 4 * SUM_BYTES) : zero();
        FloatVector b2 = resumes ? load(sums + 5 * SUM_BYTES) : zero();
        FloatVector c0 = resumes ? load(sums + 6 * SUM_BYTES) : zero();
        FloatVector c1 = resumes ? load(sums + 7 * SUM_BYTES) : zero();
        FloatVector c2 = resumes ? load(sums + 8 * SUM_BYTES) : zero();
        long end = mainBytes(cols);
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
        if (stage.finishes()) {
            finish(a0, w, x, cols, outX, add);
            finish(a1, w1, x, cols, outX + 4, add);
            finish(a2, w2, x, cols, outX + 8, add);
            finish(b0, w, y, cols, outY, add);
            finish(b1, w1, y, cols, outY + 4, add);
            finish(b2, w2, y, cols, outY + 8, add);
            finish(c0, w, z, cols, outZ, add);
            finish(c1, w1, z, cols, outZ + 4, add);
            finish(c2, w2, z, cols, outZ + 8, add);
        } else {
            store(a0, sums);
            store(a1, sums + SUM_BYTES);
            store(a2, sums + 2 * SUM_BYTES);
            store(b0, sums + 3 * SUM_BYTES);
            store(b1, sums + 4 * SUM_BYTES);
            store(b2, sums + 5 * SUM_BYTES);
            store(c0, sums + 6 * SUM_BYTES);
            store(c1, sums + 7 * SUM_BYTES);
            store(c2, sums + 8 * SUM_BYTES);
        }
    }
}
