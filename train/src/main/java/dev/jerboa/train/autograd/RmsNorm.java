package dev.jerboa.train.autograd;

import static dev.jerboa.kernel.ops.vector.Lanes.COUNT;
import static dev.jerboa.kernel.ops.vector.Lanes.FLOATS;
import static dev.jerboa.kernel.ops.vector.Lanes.get;
import static dev.jerboa.kernel.ops.vector.Lanes.load;
import static dev.jerboa.kernel.ops.vector.Lanes.set;
import static dev.jerboa.kernel.ops.vector.Lanes.store;
import static dev.jerboa.train.autograd.Rows.at;

import jdk.incubator.vector.FloatVector;

/** {@code out = x / rms(x) · w} over each stretch of {@code w}'s size in a row, with {@code rms(x) = sqrt(mean(x²) + eps)}. */
public final class RmsNorm implements Op {
    private static final int GRAIN = 16;

    private final Input x;
    private final Parameter weight;
    private final float eps;
    private final int segments;
    private final Tensor out;
    private final Table inverse;

    /** Adds itself to the tape. A row of x is a whole number of stretches: one, or one a head. */
    public RmsNorm(Tape tape, Tensor x, Parameter weight, float eps) {
        if (x.cols() % weight.cols() != 0) {
            throw new IllegalArgumentException(weight + " norms rows of " + x.cols());
        }
        this.x = tape.use(x);
        this.weight = weight;
        this.eps = eps;
        this.segments = x.cols() / weight.cols();
        this.out = tape.tensor(weight.name(), x.cols());
        this.inverse = tape.table(segments);
        tape.add(this, Repeat.CHEAP);
    }

    public Tensor out() {
        return out;
    }

    private long inverseAt(int token, int segment) {
        return at(inverse.data().address() + inverse.offset(token), segment);
    }

    @Override
    public void forward(Pass pass) {
        int n = weight.cols();
        for (int t = pass.from(); t < pass.to(); t++) {
            for (int s = 0; s < segments; s++) {
                long row = at(x.address(t), s * n);
                float r = (float) (1 / Math.sqrt(Rows.dot(row, row, n) / n + eps));
                set(inverseAt(t, s), r);
                normed(row, r, weight.address(0), at(out.address(t), s * n), n);
            }
        }
    }

    private static void normed(long x, float r, long w, long out, int n) {
        FloatVector inverse = FloatVector.broadcast(FLOATS, r);
        int i = 0;
        for (; i + COUNT <= n; i += COUNT) {
            store(load(at(x, i)).mul(inverse).mul(load(at(w, i))), at(out, i));
        }
        for (; i < n; i++) {
            set(at(out, i), get(at(x, i)) * r * get(at(w, i)));
        }
    }

    @Override
    public void backward(Pass pass) {
        int n = weight.cols();
        for (int t = pass.from(); t < pass.to(); t++) {
            for (int s = 0; s < segments; s++) {
                long row = at(x.address(t), s * n);
                long dy = at(out.gradientAddress(t), s * n);
                float r = get(inverseAt(t, s));
                float along = -r * r * r / n * Rows.dot(row, dy, weight.address(0), n);
                long dx = at(x.gradientAddress(t), s * n);
                back(row, dy, weight.address(0), r, along, dx, n, x.adds());
            }
        }
        if (!weight.trained()) {
            return;
        }
        int from = pass.worker().from(n, GRAIN);
        int to = pass.worker().to(n, GRAIN);
        for (int t = 0; t < pass.tokens(); t++) {
            for (int s = 0; s < segments; s++) {
                weigh(
                        at(x.address(t), s * n + from),
                        at(out.gradientAddress(t), s * n + from),
                        get(inverseAt(t, s)),
                        at(weight.gradientAddress(0), from),
                        to - from);
            }
        }
    }

    private static void back(long x, long dy, long w, float r, float along, long dx, int n, boolean adds) {
        FloatVector inverse = FloatVector.broadcast(FLOATS, r);
        FloatVector back = FloatVector.broadcast(FLOATS, along);
        int i = 0;
        for (; i + COUNT <= n; i += COUNT) {
            FloatVector d = load(at(dy, i)).mul(load(at(w, i))).mul(inverse);
            d = load(at(x, i)).fma(back, d);
            store(adds ? d.add(load(at(dx, i))) : d, at(dx, i));
        }
        for (; i < n; i++) {
            float d = get(at(dy, i)) * get(at(w, i)) * r;
            d = Math.fma(get(at(x, i)), along, d);
            set(at(dx, i), adds ? d + get(at(dx, i)) : d);
        }
    }

    private static void weigh(long x, long dy, float r, long dw, int n) {
        FloatVector inverse = FloatVector.broadcast(FLOATS, r);
        int i = 0;
        for (; i + COUNT <= n; i += COUNT) {
            store(load(at(x, i)).mul(inverse).fma(load(at(dy, i)), load(at(dw, i))), at(dw, i));
        }
        for (; i < n; i++) {
            set(at(dw, i), Math.fma(get(at(x, i)) * r, get(at(dy, i)), get(at(dw, i))));
        }
    }
}
