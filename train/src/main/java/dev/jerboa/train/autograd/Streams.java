package dev.jerboa.train.autograd;

import static dev.jerboa.kernel.ops.vector.Lanes.COUNT;
import static dev.jerboa.kernel.ops.vector.Lanes.FLOATS;
import static dev.jerboa.kernel.ops.vector.Lanes.get;
import static dev.jerboa.kernel.ops.vector.Lanes.load;
import static dev.jerboa.kernel.ops.vector.Lanes.set;
import static dev.jerboa.kernel.ops.vector.Lanes.store;
import static dev.jerboa.train.autograd.Rows.at;

import dev.jerboa.kernel.ops.vector.Lanes;
import jdk.incubator.vector.FloatVector;

/** Loops over four streams at once, each stream read once. */
final class Streams {
    private Streams() {}

    /** {@code out = post · y + Σ_j c_j x_j}, with c_j every fourth float from {@code comb}. */
    static void mixFour(float post, long y, long x, long comb, long out, int n) {
        float f0 = get(comb);
        float f1 = get(at(comb, 4));
        float f2 = get(at(comb, 8));
        float f3 = get(at(comb, 12));
        FloatVector p = FloatVector.broadcast(FLOATS, post);
        FloatVector c0 = FloatVector.broadcast(FLOATS, f0);
        FloatVector c1 = FloatVector.broadcast(FLOATS, f1);
        FloatVector c2 = FloatVector.broadcast(FLOATS, f2);
        FloatVector c3 = FloatVector.broadcast(FLOATS, f3);
        int i = 0;
        for (; i + COUNT <= n; i += COUNT) {
            FloatVector sum = load(at(y, i)).mul(p);
            sum = load(at(x, i)).fma(c0, sum);
            sum = load(at(x, n + i)).fma(c1, sum);
            sum = load(at(x, 2 * n + i)).fma(c2, sum);
            store(load(at(x, 3 * n + i)).fma(c3, sum), at(out, i));
        }
        for (; i < n; i++) {
            float sum = get(at(y, i)) * post;
            sum = Math.fma(get(at(x, i)), f0, sum);
            sum = Math.fma(get(at(x, n + i)), f1, sum);
            sum = Math.fma(get(at(x, 2 * n + i)), f2, sum);
            set(at(out, i), Math.fma(get(at(x, 3 * n + i)), f3, sum));
        }
    }

    /** {@code dx = Σ_k c_k g_k} and {@code dc_k = x · g_k}, with c_k four floats from {@code comb}; each set or added to. */
    static void backFour(long g, long comb, long x, long dx, boolean xAdds, long dComb, boolean combAdds, int n) {
        float f0 = get(comb);
        float f1 = get(at(comb, 1));
        float f2 = get(at(comb, 2));
        float f3 = get(at(comb, 3));
        FloatVector c0 = FloatVector.broadcast(FLOATS, f0);
        FloatVector c1 = FloatVector.broadcast(FLOATS, f1);
        FloatVector c2 = FloatVector.broadcast(FLOATS, f2);
        FloatVector c3 = FloatVector.broadcast(FLOATS, f3);
        FloatVector s0 = FloatVector.zero(FLOATS);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (; i + COUNT <= n; i += COUNT) {
            FloatVector xs = load(at(x, i));
            FloatVector g0 = load(at(g, i));
            FloatVector d = xAdds ? g0.fma(c0, load(at(dx, i))) : g0.mul(c0);
            s0 = xs.fma(g0, s0);
            FloatVector g1 = load(at(g, n + i));
            d = g1.fma(c1, d);
            s1 = xs.fma(g1, s1);
            FloatVector g2 = load(at(g, 2 * n + i));
            d = g2.fma(c2, d);
            s2 = xs.fma(g2, s2);
            FloatVector g3 = load(at(g, 3 * n + i));
            store(g3.fma(c3, d), at(dx, i));
            s3 = xs.fma(g3, s3);
        }
        float t0 = Lanes.sum(s0);
        float t1 = Lanes.sum(s1);
        float t2 = Lanes.sum(s2);
        float t3 = Lanes.sum(s3);
        for (; i < n; i++) {
            float xs = get(at(x, i));
            float d = xAdds ? Math.fma(get(at(g, i)), f0, get(at(dx, i))) : get(at(g, i)) * f0;
            d = Math.fma(get(at(g, n + i)), f1, d);
            d = Math.fma(get(at(g, 2 * n + i)), f2, d);
            set(at(dx, i), Math.fma(get(at(g, 3 * n + i)), f3, d));
            t0 = Math.fma(xs, get(at(g, i)), t0);
            t1 = Math.fma(xs, get(at(g, n + i)), t1);
            t2 = Math.fma(xs, get(at(g, 2 * n + i)), t2);
            t3 = Math.fma(xs, get(at(g, 3 * n + i)), t3);
        }
        set(dComb, combAdds ? get(dComb) + t0 : t0);
        set(at(dComb, 1), combAdds ? get(at(dComb, 1)) + t1 : t1);
        set(at(dComb, 2), combAdds ? get(at(dComb, 2)) + t2 : t2);
        set(at(dComb, 3), combAdds ? get(at(dComb, 3)) + t3 : t3);
    }
}
