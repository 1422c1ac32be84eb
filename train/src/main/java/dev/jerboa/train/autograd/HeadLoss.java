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
import dev.jerboa.train.data.Batch;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The output head with its loss: log-probabilities of the targets, and the gradient of the hidden states, a chunk of tokens at a
 * time, so that logits of all tokens never exist together.
 *
 * <p>What a target's log-probability costs is {@link TokenLoss}'s to say. The targets are those that follow a token, or with
 * {@code ahead}, those of the next token in its sequence (multi-token prediction).
 */
public final class HeadLoss implements Op {
    private static final int CHUNK = 256;

    private final Input x;
    private final Parameter head;
    private final boolean ahead;
    private final FloatRows logits;
    private final FloatRows gradient;
    private final double[] losses;
    private final float[] logProbabilities;
    private TokenLoss tokenLoss;
    private double weight = 1;
    private double loss;

    /** Adds itself to the tape. */
    public HeadLoss(Tape tape, Tensor x, Parameter head, boolean ahead) {
        this.x = tape.use(x);
        this.head = head;
        this.ahead = ahead;
        this.logits = FloatRows.allocate(tape.arena(), CHUNK, head.rows());
        this.gradient = tape.table(x.cols());
        this.losses = new double[tape.maxTokens()];
        this.logProbabilities = new float[tape.maxTokens()];
        this.tokenLoss = TokenLoss.CROSS_ENTROPY;
        tape.add(this);
    }

    /** Says what the next passes compute: the loss of a target, and what all are multiplied by. */
    public void loss(TokenLoss tokenLoss, double weight) {
        this.tokenLoss = tokenLoss;
        this.weight = weight;
    }

    /** The weighted sum of the losses of the last pass. */
    public double loss() {
        return loss;
    }

    /** The log-probability of a token's target in the last pass; 0 where nothing is predicted. */
    public float logProbability(int token) {
        return logProbabilities[token];
    }

    private int target(Batch batch, int token) {
        if (!ahead) {
            return batch.target(token);
        }
        return followed(batch, token) ? batch.target(token + 1) : Batch.NONE;
    }

    private float targetWeight(Batch batch, int token) {
        return batch.weight(ahead && followed(batch, token) ? token + 1 : token);
    }

    /** Whether the next token of the sequence is in the batch. */
    private static boolean followed(Batch batch, int token) {
        return token + 1 < batch.tokens() && batch.position(token + 1) > 0;
    }

    @Override
    public void forward(Pass pass) {
        int v = head.rows();
        int c = head.cols();
        for (int first = 0; first < pass.tokens(); first += CHUNK) {
            int rows = Math.min(CHUNK, pass.tokens() - first);
            long z = logits.data().address();
            pass.multiply(Form.NT, rows, v, c, x.address(first), c, head.address(0), c, z, v, false);
            pass.barrier();
            for (int i = pass.worker().from(rows, 1); i < pass.worker().to(rows, 1); i++) {
                predict(pass.batch(), first + i, at(z, i * v), v);
            }
            pass.barrier();
            if (pass.derivatives()) {
                long dx = gradient.data().address() + gradient.offset(first);
                pass.multiply(Form.NN, rows, c, v, z, v, head.address(0), c, dx, c, false);
                pass.barrier();
                pass.multiply(Form.TN, v, c, rows, z, v, x.address(first), c, head.gradientAddress(0), c, true);
                pass.barrier();
            }
        }
        if (pass.worker().id() == 0) {
            double sum = 0;
            for (int t = 0; t < pass.tokens(); t++) {
                sum += losses[t];
            }
            loss = sum;
        }
    }

    /** Turns a row of logits into the gradient of the loss by them. */
    private void predict(Batch batch, int token, long row, int v) {
        int target = target(batch, token);
        losses[token] = 0;
        logProbabilities[token] = 0;
        if (target == Batch.NONE) {
            Rows.zero(row, v);
            return;
        }
        if (target >= v) {
            throw new IllegalArgumentException("token id " + target + " with a vocabulary of " + v);
        }
        float counts = targetWeight(batch, token);
        float picked = get(at(row, target));
        float max = max(row, v);
        float sum = exponentials(row, v, max);
        float logProbability = (float) (picked - max - Math.log(sum));
        logProbabilities[token] = logProbability;
        losses[token] = weight * tokenLoss.loss(token, logProbability, counts);
        float slope = (float) (weight * tokenLoss.slope(token, logProbability, counts));
        if (slope == 0) {
            Rows.zero(row, v);
            return;
        }
        Rows.setScaled(-slope / sum, row, row, v);
        set(at(row, target), get(at(row, target)) + slope);
    }

    private static float max(long row, int n) {
        FloatVector best = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i + COUNT <= n; i += COUNT) {
            best = best.max(load(at(row, i)));
        }
        float max = best.reduceLanes(VectorOperators.MAX);
        for (; i < n; i++) {
            max = Math.max(max, get(at(row, i)));
        }
        return max;
    }

    /** {@code x ← e^(x − max)}; their sum. */
    private static float exponentials(long row, int n, float max) {
        FloatVector offset = FloatVector.broadcast(FLOATS, max);
        FloatVector sums = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i + COUNT <= n; i += COUNT) {
            FloatVector e = Exponential.of(load(at(row, i)).sub(offset));
            store(e, at(row, i));
            sums = sums.add(e);
        }
        float sum = Lanes.sum(sums);
        for (; i < n; i++) {
            float e = Exponential.of(get(at(row, i)) - max);
            set(at(row, i), e);
            sum += e;
        }
        return sum;
    }

    @Override
    public void backward(Pass pass) {
        for (int t = pass.from(); t < pass.to(); t++) {
            long dx = gradient.data().address() + gradient.offset(t);
            Rows.give(dx, x.gradientAddress(t), x.cols(), x.adds());
        }
    }
}
