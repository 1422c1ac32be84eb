package dev.jerboa.train.autograd;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.model.decoder.Router;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.train.data.Batch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the experts of each token from the router's logits, as {@link RouterSpec} says, and orders the choices by expert. The
 * choice itself has no derivative; the weights of the chosen have.
 *
 * <p>With a balance factor α, each sequence's loss {@code α · Σ_i f_i P_i} is added (DeepSeek-V3, arXiv 2412.19437): f_i is the
 * share of the sequence's choices that fell on expert i, times the number of experts; P_i the mean of its normalised score.
 */
public final class Routing implements Op {
    private final Input logits;
    private final RouterSpec spec;
    private final int experts;
    private final int perToken;
    private final double balance;
    private final @Nullable Parameter bias;
    private final @Nullable Parameter table;
    private final int[] tableRows;
    private final List<Router> routers = new ArrayList<>();
    private final float[] biases;
    private final int[] chosen;
    private final float[] weights;
    private final float[] weightGradients;
    private final int[] places;
    private final int[] tokens;
    private final int[] starts;
    private final long[] load;
    private final Table scores;
    private final double[] sequenceLosses;
    private final float[][] shares;
    private double loss;

    /** Where experts are not chosen by token. */
    public Routing(Tape tape, Tensor logits, RouterSpec spec, @Nullable Parameter bias, double balance) {
        this(tape, logits, spec, bias, null, balance);
    }

    /**
     * Adds itself to the tape.
     *
     * @param bias the selection bias, which gradients do not change; null where there is none
     * @param table the experts of each token of the vocabulary, a row a token; null where they are not chosen by token
     * @param balance α of the balance within sequences, 0 for none
     */
    public Routing(
            Tape tape,
            Tensor logits,
            RouterSpec spec,
            @Nullable Parameter bias,
            @Nullable Parameter table,
            double balance) {
        Input read = tape.use(logits);
        this.logits = spec.score() == RouterSpec.Score.SQRT_SOFTPLUS ? read : read.forwardOnly();
        this.spec = spec;
        this.experts = logits.cols();
        this.perToken = spec.perToken();
        this.bias = bias;
        this.table = table;
        this.tableRows = new int[table == null ? 0 : Math.toIntExact(table.elements())];
        this.balance = balance;
        this.biases = new float[experts];
        for (int w = 0; w < tape.workers(); w++) {
            routers.add(new Router(spec, experts, bias == null ? null : biases, table == null ? null : tableRows));
        }
        int places = tape.maxTokens() * perToken;
        this.chosen = new int[places];
        this.weights = new float[places];
        this.weightGradients = new float[places];
        this.places = new int[places];
        this.tokens = new int[places];
        this.starts = new int[experts + 1];
        this.load = new long[experts];
        this.scores = tape.table(experts);
        this.sequenceLosses = new double[tape.maxTokens()];
        this.shares = new float[tape.workers()][experts];
        tape.add(this);
    }

    /** Choices of each token. */
    int perToken() {
        return perToken;
    }

    int experts() {
        return experts;
    }

    /** The first place of an expert's tokens in the order by expert; of {@link #experts}, the end. */
    int start(int expert) {
        return starts[expert];
    }

    /** The token at a place in the order by expert. */
    int token(int place) {
        return tokens[place];
    }

    /** The place, in the order by expert, of a token's choice j. */
    int place(int token, int j) {
        return places[token * perToken + j];
    }

    /** The weight of a token's choice j. */
    float weight(int token, int j) {
        return weights[token * perToken + j];
    }

    /** Sets the gradient of {@link #weight}. */
    void weightGradient(int token, int j, float gradient) {
        weightGradients[token * perToken + j] = gradient;
    }

    /** The loss of balance of the last forward pass, summed over sequences by their share of the tokens. */
    public double balanceLoss() {
        return loss;
    }

    /** The selection bias, or null. */
    public @Nullable Parameter bias() {
        return bias;
    }

    /** Tokens that chose each expert since {@link #clearLoad}. */
    public long[] load() {
        return load.clone();
    }

    /** Adds the last forward pass to {@link #load}. */
    public void countLoad() {
        for (int e = 0; e < experts; e++) {
            load[e] += starts[e + 1] - starts[e];
        }
    }

    /** Begins to count anew. */
    public void clearLoad() {
        Arrays.fill(load, 0);
    }

    @Override
    public void forward(Pass pass) {
        if (pass.worker().id() == 0 && bias != null) {
            for (int e = 0; e < experts; e++) {
                biases[e] = bias.value().get(0, e);
            }
        }
        pass.barrier();
        Router router = routers.get(pass.worker().id());
        for (int t = pass.from(); t < pass.to(); t++) {
            int id = pass.batch().id(t);
            look(id);
            router.route(logits.tensor().value(), t, id, chosen, weights, t * perToken);
            for (int e = 0; e < experts; e++) {
                scores.set(t, e, router.score(e));
            }
        }
        pass.barrier();
        if (pass.worker().id() == 0) {
            order(pass.tokens());
            if (balance > 0) {
                balance(pass.batch());
            }
        }
    }

    /** Reads a token's experts from the table; workers that do so for the same token find the same. */
    private void look(int id) {
        for (int j = 0; table != null && j < perToken; j++) {
            float expert = table.value().get(id, j);
            if (!(expert >= 0 && expert < experts)) {
                throw new IllegalArgumentException(
                        table.name() + " has " + expert + " for token " + id + ", expected an expert below " + experts);
            }
            tableRows[id * perToken + j] = (int) expert;
        }
    }

    private void order(int count) {
        Arrays.fill(starts, 0);
        for (int i = 0; i < count * perToken; i++) {
            starts[chosen[i] + 1]++;
        }
        for (int e = 0; e < experts; e++) {
            starts[e + 1] += starts[e];
        }
        int[] next = Arrays.copyOf(starts, experts);
        for (int i = 0; i < count * perToken; i++) {
            int place = next[chosen[i]]++;
            places[i] = place;
            tokens[place] = i / perToken;
        }
    }

    private void balance(Batch batch) {
        loss = 0;
        for (int s = 0; s < batch.sequences(); s++) {
            int from = batch.start(s);
            int to = batch.start(s + 1);
            float[] share = shares[0];
            share(from, to, share);
            double sum = 0;
            for (int e = 0; e < experts; e++) {
                double mean = 0;
                for (int t = from; t < to; t++) {
                    mean += scores.get(t, e) / total(t);
                }
                sum += share[e] * mean / (to - from);
            }
            sequenceLosses[s] = balance * sum;
            loss += sequenceLosses[s] * (to - from) / batch.tokens();
        }
    }

    /** f of each expert in a sequence. */
    private void share(int from, int to, float[] share) {
        Arrays.fill(share, 0);
        for (int i = from * perToken; i < to * perToken; i++) {
            share[chosen[i]]++;
        }
        for (int e = 0; e < experts; e++) {
            share[e] *= (float) experts / (perToken * (to - from));
        }
    }

    private double total(int t) {
        double sum = 0;
        for (int e = 0; e < experts; e++) {
            sum += scores.get(t, e);
        }
        return sum;
    }

    @Override
    public void backward(Pass pass) {
        Batch batch = pass.batch();
        float[] share = shares[pass.worker().id()];
        double[] slopes = new double[experts];
        int sequence = -1;
        for (int t = pass.from(); t < pass.to(); t++) {
            Arrays.fill(slopes, 0);
            ofWeights(t, slopes);
            if (balance > 0) {
                while (sequence < 0 || t >= batch.start(sequence + 1)) {
                    sequence++;
                    if (t < batch.start(sequence + 1)) {
                        share(batch.start(sequence), batch.start(sequence + 1), share);
                    }
                }
                double total = total(t);
                double mean = 0;
                for (int e = 0; e < experts; e++) {
                    mean += share[e] * scores.get(t, e) / total;
                }
                for (int e = 0; e < experts; e++) {
                    slopes[e] += balance * (share[e] - mean) / total / batch.tokens();
                }
            }
            throughScores(t, slopes);
        }
    }

    /** Derivatives by the scores of the chosen experts. */
    private void ofWeights(int t, double[] slopes) {
        double sum = 0;
        double along = 0;
        for (int j = 0; j < perToken; j++) {
            int i = t * perToken + j;
            double score = scores.get(t, chosen[i]);
            sum += score;
            along += weightGradients[i] * score;
        }
        sum += 1e-20;
        for (int j = 0; j < perToken; j++) {
            int i = t * perToken + j;
            slopes[chosen[i]] += spec.normalise()
                    ? spec.scale() * (weightGradients[i] / sum - along / (sum * sum))
                    : spec.scale() * weightGradients[i];
        }
    }

    private void throughScores(int t, double[] slopes) {
        double along = 0;
        if (spec.score() == RouterSpec.Score.SOFTMAX) {
            for (int e = 0; e < experts; e++) {
                along += slopes[e] * scores.get(t, e);
            }
        }
        FloatRows gradient = logits.tensor().gradient();
        for (int e = 0; e < experts; e++) {
            double s = scores.get(t, e);
            double d = switch (spec.score()) {
                case SIGMOID -> slopes[e] * s * (1 - s);
                case SOFTMAX -> s * (slopes[e] - along);
                case SQRT_SOFTPLUS -> {
                    double x = logits.tensor().value().get(t, e);
                    yield s == 0 ? 0 : slopes[e] / (2 * s) / (1 + Math.exp(-x));
                }
                case SOFTMAX_OF_CHOSEN -> throw new IllegalStateException("a softmax of chosen experts");
            };
            gradient.set(t, e, (float) (logits.adds() ? gradient.get(t, e) + d : d));
        }
    }
}
