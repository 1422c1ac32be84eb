package dev.jerboa.train.autograd;

import static dev.jerboa.kernel.ops.vector.Lanes.COUNT;
import static dev.jerboa.kernel.ops.vector.Lanes.FLOATS;
import static dev.jerboa.kernel.ops.vector.Lanes.get;
import static dev.jerboa.kernel.ops.vector.Lanes.load;
import static dev.jerboa.kernel.ops.vector.Lanes.set;
import static dev.jerboa.kernel.ops.vector.Lanes.store;
import static dev.jerboa.train.autograd.Rows.at;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Gemm.Form;
import dev.jerboa.kernel.ops.vector.Exponential;
import dev.jerboa.kernel.ops.vector.Lanes;
import dev.jerboa.train.autograd.Distillation.Direction;
import jdk.incubator.vector.FloatVector;

/**
 * The divergence of rows of logits from a teacher's, with its gradient; see {@link Distillation}. With d = teacher's − student's
 * logits and p, q the probabilities at temperature T,
 *
 * <pre>
 * KL(q ‖ p) =  Σ q d / T − ln Σ e^(teacher/T) + ln Σ e^(student/T)     ∂ T² KL = T (p − q)
 * KL(p ‖ q) = −Σ p d / T + ln Σ e^(teacher/T) − ln Σ e^(student/T)     ∂ T² KL = p (Σ p d − d)
 * </pre>
 *
 * <p>Exactly 0, and so is its gradient, where both rows have the same bits.
 */
final class Divergence {
    private final Distillation distillation;
    /** The teacher's logits of a chunk. */
    private final FloatRows logits;
    /** Two rows a worker. */
    private final FloatRows own;

    Divergence(Tape tape, Distillation distillation, int chunk) {
        int v = distillation.head().rows();
        this.distillation = distillation;
        this.logits = tape.own(chunk, v);
        this.own = tape.own(2 * tape.workers(), v);
    }

    double share() {
        return distillation.share();
    }

    /** Computes the teacher's logits of a chunk; the caller places a barrier. */
    void begin(Pass pass, int first, int rows) {
        FloatRows states = distillation.states();
        FloatRows head = distillation.head();
        int v = head.rows();
        int c = head.cols();
        long x = states.data().address() + states.offset(first);
        pass.multiply(
                Form.NT,
                rows,
                v,
                c,
                x,
                c,
                head.data().address(),
                c,
                logits.data().address(),
                v,
                false);
    }

    /** The worker's row that {@link #of} leaves its gradient in. */
    long gradient(Pass pass) {
        return own.data().address() + own.offset(2 * pass.worker().id());
    }

    /**
     * The divergence T² KL at one token of the chunk, whose logits of the teacher are lost.
     *
     * @param row its place in the chunk
     * @param z the student's logits, which stay
     */
    double of(Pass pass, int row, long z) {
        int v = logits.cols();
        float inverse = (float) (1 / distillation.temperature());
        long y = logits.data().address() + logits.offset(row);
        long p = gradient(pass);
        long q = own.data().address() + own.offset(2 * pass.worker().id() + 1);
        float mostZ = Rows.max(z, v);
        float mostY = Rows.max(y, v);
        float sumZ = exponentials(z, p, v, mostZ, inverse);
        float sumY = exponentials(y, q, v, mostY, inverse);
        Rows.addScaled(-1, z, y, v);
        double logs = ((double) mostY - mostZ) * inverse + Math.log(sumY) - Math.log(sumZ);
        double temperature = distillation.temperature();
        if (distillation.direction() == Direction.FORWARD) {
            double mean = (double) Rows.dot(q, y, v) / sumY;
            Rows.setScaled(1 / sumZ, p, p, v);
            Rows.setScaled(1 / sumY, q, q, v);
            Rows.addScaled(-1, q, p, v);
            Rows.setScaled((float) temperature, p, p, v);
            return temperature * temperature * (mean / temperature - logs);
        }
        float mean = Rows.dot(p, y, v) / sumZ;
        weigh(p, y, v, mean, 1 / sumZ);
        return temperature * temperature * (logs - mean / temperature);
    }

    /** {@code to = e^((x − max) · inverse)}; their sum. */
    private static float exponentials(long x, long to, int n, float max, float inverse) {
        FloatVector offset = FloatVector.broadcast(FLOATS, max);
        FloatVector scale = FloatVector.broadcast(FLOATS, inverse);
        FloatVector sums = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i + COUNT <= n; i += COUNT) {
            FloatVector e = Exponential.of(load(at(x, i)).sub(offset).mul(scale));
            store(e, at(to, i));
            sums = sums.add(e);
        }
        float sum = Lanes.sum(sums);
        for (; i < n; i++) {
            float e = Exponential.of((get(at(x, i)) - max) * inverse);
            set(at(to, i), e);
            sum += e;
        }
        return sum;
    }

    /** {@code p ← scale · p · (mean − d)}. */
    private static void weigh(long p, long d, int n, float mean, float scale) {
        FloatVector means = FloatVector.broadcast(FLOATS, mean);
        FloatVector scales = FloatVector.broadcast(FLOATS, scale);
        int i = 0;
        for (; i + COUNT <= n; i += COUNT) {
            store(load(at(p, i)).mul(scales).mul(means.sub(load(at(d, i)))), at(p, i));
        }
        for (; i < n; i++) {
            set(at(p, i), get(at(p, i)) * scale * (mean - get(at(d, i))));
        }
    }
}
