package dev.jerboa.train.autograd;

import static dev.jerboa.train.autograd.Rows.at;
import static dev.jerboa.train.autograd.Rows.get;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Gemm.Form;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.kernel.ops.loop.Value;
import dev.jerboa.train.autograd.Distillation.Direction;

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
    private static final int X = 0;
    private static final int TO = 1;
    private static final int FOUND = 2;

    private static final Loop POWERS = OpsProvider.loop("powers of a teacher's logits", l -> {
        l.each(0, 4);
        Value max = l.max(l.load(X));
        l.each(0, 2);
        Value power = l.load(X).sub(max).mul(l.scalar(0)).exp();
        l.store(TO, power);
        Value sum = l.sum(power);
        l.row();
        l.store(FOUND, 0, max);
        l.store(FOUND, 1, sum);
    });

    /** {@code p ← scale · p · (mean − d)}. */
    private static final Loop WEIGH = Rows.loop(
            "divergence back",
            l -> l.store(TO, l.load(TO).mul(l.scalar(1)).mul(l.scalar(0).sub(l.load(X)))));

    private final Distillation distillation;
    /** The teacher's logits of a chunk. */
    private final FloatRows logits;
    /** Two rows a worker. */
    private final FloatRows own;
    /** Of each worker: what is found of a row. */
    private final FloatRows numbers;

    Divergence(Tape tape, Distillation distillation, int chunk) {
        int v = distillation.head().rows();
        this.distillation = distillation;
        this.logits = tape.own(chunk, v);
        this.own = tape.own(2 * tape.workers(), v);
        this.numbers = tape.own(tape.workers(), FloatRows.ALIGNMENT / Float.BYTES);
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
        long found = Rows.row(numbers, pass.worker().id());
        exponentials(z, p, v, inverse, found);
        float mostZ = get(found);
        float sumZ = get(at(found, 1));
        exponentials(y, q, v, inverse, found);
        float mostY = get(found);
        float sumY = get(at(found, 1));
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
        WEIGH.call()
                .at(X, y, 0)
                .at(TO, p, 0)
                .scalar(0, mean)
                .scalar(1, 1 / sumZ)
                .count(0, v)
                .run(1);
        return temperature * temperature * (logs - mean / temperature);
    }

    /** Leaves the largest of {@code from} and the sum of the powers in the worker's room; {@code to = e^((from − largest) · inverse)}. */
    private void exponentials(long from, long to, int n, float inverse, long found) {
        POWERS.call()
                .at(X, from, 0)
                .at(TO, to, 0)
                .at(FOUND, found, 0)
                .scalar(0, inverse)
                .count(0, n)
                .run(1);
    }
}
