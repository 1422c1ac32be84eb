package dev.jerboa.train.autograd;

import static dev.jerboa.train.autograd.Rows.at;
import static dev.jerboa.train.autograd.Rows.get;
import static dev.jerboa.train.autograd.Rows.row;
import static dev.jerboa.train.autograd.Rows.set;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.kernel.ops.loop.Value;
import dev.jerboa.train.data.Batch;
import java.util.Optional;

/**
 * The output head with its loss: log-probabilities of the targets, and the gradient of the hidden states, a chunk of tokens at a
 * time, so that logits of all tokens never exist together.
 *
 * <p>What a target's log-probability costs is {@link TokenLoss}'s to say, and {@link #distil} adds what the distance from a
 * teacher's distribution does. The targets are those that follow a token, or with
 * {@code ahead}, those of the next token in its sequence (multi-token prediction).
 */
public final class HeadLoss implements Op {
    private static final int CHUNK = 256;

    private static final int Z = 0;
    private static final int FOUND = 1;

    /** {@code z ← e^(s z − max)} with the largest s z; it and the sum are what is found. */
    private static final Loop POWERS = OpsProvider.loop("powers of logits", l -> {
        l.each(0, 4);
        Value max = l.max(l.load(Z));
        l.row();
        Value largest = max.mul(l.scalar(0));
        l.store(FOUND, 0, largest);
        l.each(0, 2);
        Value power = l.load(Z).mul(l.scalar(0)).sub(largest).exp();
        l.store(Z, power);
        Value sum = l.sum(power);
        l.row();
        l.store(FOUND, 1, sum);
    });

    private final Tape tape;
    private final Input x;
    private final Weight head;
    private final boolean ahead;
    private final Table logits;
    private final Table gradient;
    /** Of each worker: {@link #FOUND}. */
    private final FloatRows found;

    private final double[] losses;
    private final float[] logProbabilities;
    private final double[] divergences;
    private Optional<Divergence> divergence = Optional.empty();
    private TokenLoss tokenLoss;
    private double weight = 1;
    private float sharpness = 1;
    private double loss;

    /** Adds itself to the tape. */
    public HeadLoss(Tape tape, Tensor x, Weight head, boolean ahead) {
        this.tape = tape;
        this.x = tape.use(x.keep()).forwardOnly();
        this.head = head;
        this.ahead = ahead;
        this.logits = tape.table(CHUNK, head.rows()).forwardOnly();
        this.gradient = tape.table(x.cols());
        this.found = tape.own(tape.workers(), FloatRows.ALIGNMENT / Float.BYTES);
        this.losses = new double[tape.maxTokens()];
        this.logProbabilities = new float[tape.maxTokens()];
        this.divergences = new double[tape.maxTokens()];
        this.tokenLoss = TokenLoss.CROSS_ENTROPY;
        tape.panel(head);
        tape.add(this, Repeat.NEVER);
    }

    /** Says what the next passes compute: the loss of a target, and what all are multiplied by. */
    public void loss(TokenLoss tokenLoss, double weight) {
        this.tokenLoss = tokenLoss;
        this.weight = weight;
    }

    /**
     * Has all passes from now on follow a teacher, too.
     *
     * @throws IllegalArgumentException where its vocabulary is of another size, or its states are of fewer tokens than the tape's
     */
    public void distil(Distillation distillation) {
        if (distillation.head().rows() != head.rows() || distillation.states().rows() < tape.maxTokens()) {
            throw new IllegalArgumentException("a teacher of "
                    + distillation.head().rows() + " tokens of vocabulary and "
                    + distillation.states().rows() + " states, expected " + head.rows() + " and " + tape.maxTokens());
        }
        divergence = Optional.of(new Divergence(tape, distillation, CHUNK));
    }

    /**
     * Has the token loss of all passes from now on see probabilities at a temperature, such as that at which replies are drawn:
     * logits are divided by it. A teacher's distance has a temperature of its own.
     */
    public void temperature(double temperature) {
        if (!(temperature > 0)) {
            throw new IllegalArgumentException("a temperature of " + temperature + ", expected more than 0");
        }
        this.sharpness = (float) (1 / temperature);
    }

    /** The states that it is applied to, a row a token: those of the last pass. */
    public FloatRows states() {
        return x.tensor().value();
    }

    /** The weighted sum of the losses of the last pass. */
    public double loss() {
        return loss;
    }

    /** The log-probability of a token's target in the last pass, at the temperature; 0 where nothing is predicted. */
    public float logProbability(int token) {
        return logProbabilities[token];
    }

    /** T² KL of a token in the last pass, whatever it counts; 0 where no teacher was followed. */
    public double divergence(int token) {
        return divergences[token];
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
        if (tokenLoss == TokenLoss.NONE) {
            rest(pass);
            return;
        }
        int v = head.rows();
        int c = head.cols();
        for (int first = 0; first < pass.tokens(); first += CHUNK) {
            int rows = Math.min(CHUNK, pass.tokens() - first);
            long z = logits.data().address();
            pass.team().forward(head, 0, v, rows, x.address(first), c, z, v);
            pass.barrier();
            if (divergence.isPresent()) {
                divergence.get().begin(pass, first, rows);
                pass.barrier();
            }
            for (int i = pass.worker().from(rows, 1); i < pass.worker().to(rows, 1); i++) {
                predict(pass, first + i, i, at(z, i * v), v);
            }
            pass.barrier();
            if (pass.derivatives()) {
                long dx = gradient.data().address() + gradient.offset(first);
                pass.team().back(head, 0, v, rows, z, v, dx, c, false);
                pass.barrier();
                pass.team().learn(head, 0, v, rows, z, v, x.address(first), c);
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

    /** Computes nothing, which costs nothing. */
    private void rest(Pass pass) {
        for (int t = pass.from(); t < pass.to(); t++) {
            logProbabilities[t] = 0;
            divergences[t] = 0;
            Rows.zero(gradient.data().address() + gradient.offset(t), x.cols());
        }
        if (pass.worker().id() == 0) {
            loss = 0;
        }
    }

    /** Turns a row of logits, the chunk's i-th, into the gradient of the loss by them. */
    private void predict(Pass pass, int token, int i, long row, int v) {
        int target = target(pass.batch(), token);
        losses[token] = 0;
        logProbabilities[token] = 0;
        divergences[token] = 0;
        if (target == Batch.NONE) {
            Rows.zero(row, v);
            return;
        }
        if (target >= v) {
            throw new IllegalArgumentException("token id " + target + " with a vocabulary of " + v);
        }
        float counts = targetWeight(pass.batch(), token);
        if (divergence.isEmpty() || counts == 0) {
            predict(pass, token, target, weight, counts, row, v);
            return;
        }
        Divergence distance = divergence.get();
        double share = distance.share();
        divergences[token] = distance.of(pass, i, row);
        predict(pass, token, target, weight * (1 - share), counts, row, v);
        losses[token] += weight * share * counts * divergences[token];
        Rows.addScaled((float) (weight * share * counts), distance.gradient(pass), row, v);
    }

    /** Turns a row of logits into the gradient of the token loss by them. */
    private void predict(Pass pass, int token, int target, double weight, float counts, long row, int v) {
        float picked = get(at(row, target)) * sharpness;
        long own = row(found, pass.worker().id());
        POWERS.call()
                .at(Z, row, 0)
                .at(FOUND, own, 0)
                .scalar(0, sharpness)
                .count(0, v)
                .run(1);
        float max = get(own);
        float sum = get(at(own, 1));
        float logProbability = (float) (picked - max - Math.log(sum));
        logProbabilities[token] = logProbability;
        losses[token] = weight * tokenLoss.loss(token, logProbability, counts);
        float slope = (float) (weight * tokenLoss.slope(token, logProbability, counts)) * sharpness;
        if (slope == 0) {
            Rows.zero(row, v);
            return;
        }
        Rows.setScaled(-slope / sum, row, row, v);
        set(at(row, target), get(at(row, target)) + slope);
    }

    @Override
    public void backward(Pass pass) {
        for (int t = pass.from(); t < pass.to(); t++) {
            long dx = gradient.data().address() + gradient.offset(t);
            Rows.give(dx, x.gradientAddress(t), x.cols(), x.adds());
        }
    }
}
