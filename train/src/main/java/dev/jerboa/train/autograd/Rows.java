package dev.jerboa.train.autograd;

import static dev.jerboa.kernel.ops.vector.Lanes.COUNT;
import static dev.jerboa.kernel.ops.vector.Lanes.FLOATS;
import static dev.jerboa.kernel.ops.vector.Lanes.get;
import static dev.jerboa.kernel.ops.vector.Lanes.load;
import static dev.jerboa.kernel.ops.vector.Lanes.set;
import static dev.jerboa.kernel.ops.vector.Lanes.store;

import dev.jerboa.kernel.ops.vector.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Loops over stretches of floats in native memory, by address. Sums have one order, whatever the stretch is part of. */
final class Rows {
    private static final long STEP = Float.BYTES * (long) COUNT;

    private Rows() {}

    /** Where element {@code i} lies. */
    static long at(long address, int i) {
        return address + Float.BYTES * (long) i;
    }

    private static int whole(int n) {
        return n - n % COUNT;
    }

    static void zero(long x, int n) {
        fill(x, n, 0);
    }

    static void fill(long x, int n, float value) {
        FloatVector v = FloatVector.broadcast(FLOATS, value);
        int i = 0;
        for (; i < whole(n); i += COUNT) {
            store(v, at(x, i));
        }
        for (; i < n; i++) {
            set(at(x, i), value);
        }
    }

    /** {@code y = x}. */
    static void copy(long x, long y, int n) {
        MemorySegment.copy(Lanes.MEMORY, x, Lanes.MEMORY, y, Float.BYTES * (long) n);
    }

    /** {@code y = x}, or added to y. */
    static void give(long x, long y, int n, boolean adds) {
        if (adds) {
            addTo(x, y, n);
        } else {
            copy(x, y, n);
        }
    }

    /** {@code y += x}. */
    static void addTo(long x, long y, int n) {
        int i = 0;
        for (; i < whole(n); i += COUNT) {
            store(load(at(y, i)).add(load(at(x, i))), at(y, i));
        }
        for (; i < n; i++) {
            set(at(y, i), get(at(y, i)) + get(at(x, i)));
        }
    }

    /** {@code y += s · x}. */
    static void addScaled(float s, long x, long y, int n) {
        FloatVector scale = FloatVector.broadcast(FLOATS, s);
        int i = 0;
        for (; i < whole(n); i += COUNT) {
            store(load(at(x, i)).fma(scale, load(at(y, i))), at(y, i));
        }
        for (; i < n; i++) {
            set(at(y, i), Math.fma(get(at(x, i)), s, get(at(y, i))));
        }
    }

    /** {@code y = s · x}. */
    static void setScaled(float s, long x, long y, int n) {
        FloatVector scale = FloatVector.broadcast(FLOATS, s);
        int i = 0;
        for (; i < whole(n); i += COUNT) {
            store(load(at(x, i)).mul(scale), at(y, i));
        }
        for (; i < n; i++) {
            set(at(y, i), get(at(x, i)) * s);
        }
    }

    /** {@code z = x ∘ y}. */
    static void setProduct(long x, long y, long z, int n) {
        int i = 0;
        for (; i < whole(n); i += COUNT) {
            store(load(at(x, i)).mul(load(at(y, i))), at(z, i));
        }
        for (; i < n; i++) {
            set(at(z, i), get(at(x, i)) * get(at(y, i)));
        }
    }

    /** {@code y = s · x}, or added to y. */
    static void giveScaled(float s, long x, long y, int n, boolean adds) {
        if (adds) {
            addScaled(s, x, y, n);
        } else {
            setScaled(s, x, y, n);
        }
    }

    /** {@code z += a · x + b · y}. */
    static void addTwo(float a, long x, float b, long y, long z, int n) {
        FloatVector as = FloatVector.broadcast(FLOATS, a);
        FloatVector bs = FloatVector.broadcast(FLOATS, b);
        int i = 0;
        for (; i < whole(n); i += COUNT) {
            store(load(at(y, i)).fma(bs, load(at(x, i)).fma(as, load(at(z, i)))), at(z, i));
        }
        for (; i < n; i++) {
            set(at(z, i), Math.fma(get(at(y, i)), b, Math.fma(get(at(x, i)), a, get(at(z, i)))));
        }
    }

    /** The largest of at least one. */
    static float max(long x, int n) {
        FloatVector best = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i < whole(n); i += COUNT) {
            best = best.max(load(at(x, i)));
        }
        float max = best.reduceLanes(VectorOperators.MAX);
        for (; i < n; i++) {
            max = Math.max(max, get(at(x, i)));
        }
        return max;
    }

    static float dot(long x, long y, int n) {
        FloatVector a = FloatVector.zero(FLOATS);
        FloatVector b = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i + 2 * COUNT <= n; i += 2 * COUNT) {
            a = load(at(x, i)).fma(load(at(y, i)), a);
            b = load(at(x, i) + STEP).fma(load(at(y, i) + STEP), b);
        }
        if (i + COUNT <= n) {
            a = load(at(x, i)).fma(load(at(y, i)), a);
            i += COUNT;
        }
        float sum = Lanes.sum(a.add(b));
        for (; i < n; i++) {
            sum = Math.fma(get(at(x, i)), get(at(y, i)), sum);
        }
        return sum;
    }

    /** {@code Σ x · y · z}. */
    static float dot(long x, long y, long z, int n) {
        FloatVector a = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i < whole(n); i += COUNT) {
            a = load(at(x, i)).mul(load(at(y, i))).fma(load(at(z, i)), a);
        }
        float sum = Lanes.sum(a);
        for (; i < n; i++) {
            sum = Math.fma(get(at(x, i)) * get(at(y, i)), get(at(z, i)), sum);
        }
        return sum;
    }
}
