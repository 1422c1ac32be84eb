package dev.jerboa.train.autograd;

import static dev.jerboa.train.autograd.Rows.at;

import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.TopK;
import java.util.Arrays;
import java.util.List;

/**
 * Chooses the entries that each token sees, as {@link AttentionSpec.Selection} says. The choice has no derivative: inputs are given
 * zeros.
 */
public final class EntrySelection implements Op, SeenEntries {
    private final Input queries;
    private final Input weights;
    private final Input keys;
    private final AttentionSpec.Selection spec;
    private final int every;
    private final int most;
    private final float scale;
    private final int[] chosen;
    private final int[] counts;
    private final float[][] scores;
    private final TopK[] best;

    /**
     * Adds itself to the tape.
     *
     * @param queries heads side by side
     * @param weights one a head
     * @param keys entries, in the rows of the last tokens of {@code every}
     */
    public EntrySelection(
            Tape tape, Tensor queries, Tensor weights, Tensor keys, int every, AttentionSpec.Selection spec) {
        this.queries = tape.use(queries).forwardOnly();
        this.weights = tape.use(weights).forwardOnly();
        this.keys = tape.use(keys).forwardOnly();
        this.spec = spec;
        this.every = every;
        this.most = Math.min(spec.most(), tape.maxTokens());
        this.scale = (float) (1 / Math.sqrt((double) spec.heads() * spec.headDim()));
        this.chosen = new int[Math.multiplyExact(tape.maxTokens(), most)];
        this.counts = new int[tape.maxTokens()];
        this.scores = new float[tape.workers()][tape.maxTokens()];
        this.best = new TopK[tape.workers()];
        Arrays.setAll(best, w -> new TopK());
        tape.add(this);
    }

    @Override
    public int count(int token) {
        return counts[token];
    }

    @Override
    public int entry(int token, int i) {
        return chosen[token * most + i];
    }

    @Override
    public void forward(Pass pass) {
        float[] own = scores[pass.worker().id()];
        for (int t = pass.from(); t < pass.to(); t++) {
            int position = pass.batch().position(t);
            int seen = (position + 1) / every;
            if (seen > most) {
                for (int e = 0; e < seen; e++) {
                    own[e] = score(t, t - position + (e + 1) * every - 1);
                }
            }
            counts[t] = best[pass.worker().id()].select(own, seen, most, chosen, t * most);
        }
    }

    private float score(int token, int row) {
        int dim = spec.headDim();
        float sum = 0;
        for (int h = 0; h < spec.heads(); h++) {
            float dot = Rows.dot(at(queries.address(token), h * dim), keys.address(row), dim);
            sum += Rows.get(at(weights.address(token), h)) * Math.max(0, dot);
        }
        return sum * scale;
    }

    @Override
    public void backward(Pass pass) {
        for (Input input : List.of(queries, weights, keys)) {
            for (int t = pass.from(); t < pass.to() && !input.adds(); t++) {
                Rows.zero(input.gradientAddress(t), input.cols());
            }
        }
    }
}
