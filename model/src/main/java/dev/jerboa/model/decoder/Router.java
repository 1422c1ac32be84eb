package dev.jerboa.model.decoder;

import dev.jerboa.kernel.memory.FloatRows;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the experts of one position from the router's logits, as {@link RouterSpec} says. Of equal scores the lower
 * expert goes first. One instance a worker: it keeps working arrays.
 */
public final class Router {
    private final RouterSpec spec;
    private final float @Nullable [] bias;
    private final int @Nullable [] table;
    private final float[] scores;
    private final float[] choice;
    private final float[] groupScores;
    private final boolean[] kept;

    /** A router over so many experts, with their selection biases where there are any (not copied: they may change). */
    public Router(RouterSpec spec, int experts, float @Nullable [] bias) {
        this(spec, experts, bias, null);
    }

    /** @param table the experts of token 0, then those of token 1, …, where {@link RouterSpec#byToken} */
    public Router(RouterSpec spec, int experts, float @Nullable [] bias, int @Nullable [] table) {
        if (spec.byToken() != (table != null)) {
            throw new IllegalArgumentException("a table of experts by token belongs to a router by token");
        }
        if (experts % spec.groups() != 0 || spec.perToken() < 1 || spec.perToken() > experts) {
            throw new IllegalArgumentException("a router of " + experts + " experts in " + spec.groups() + " groups, "
                    + spec.perToken() + " for a token");
        }
        this.spec = spec;
        this.bias = bias;
        this.table = table;
        this.scores = new float[experts];
        this.choice = new float[experts];
        this.groupScores = new float[spec.groups()];
        this.kept = new boolean[spec.groups()];
    }

    /** {@link #route(FloatRows, int, int, int[], float[], int)} where experts are not chosen by token. */
    public void route(FloatRows logits, int row, int[] experts, float[] weights, int at) {
        route(logits, row, 0, experts, weights, at);
    }

    /**
     * Writes the chosen experts, best first or as the table has them, and their weights to {@code at … at + perToken − 1} of the
     * arrays.
     *
     * @param token its id; any number where experts are not chosen by it
     */
    public void route(FloatRows logits, int row, int token, int[] experts, float[] weights, int at) {
        score(logits, row);
        if (table == null) {
            choose(logits, row, experts, at);
        } else {
            System.arraycopy(table, token * spec.perToken(), experts, at, spec.perToken());
        }
        float sum = 0;
        for (int j = 0; j < spec.perToken(); j++) {
            float score = scores[experts[at + j]];
            weights[at + j] = score;
            sum += score;
        }
        if (spec.score() == RouterSpec.Score.SOFTMAX_OF_CHOSEN) {
            sum = softmax(weights, at, spec.perToken());
        }
        float factor = spec.normalise() ? spec.scale() / Math.max(sum + 1e-20f, spec.floor()) : spec.scale();
        for (int j = 0; j < spec.perToken(); j++) {
            weights[at + j] *= factor;
        }
    }

    private void choose(FloatRows logits, int row, int[] experts, int at) {
        boolean byLogits = bias == null && spec.groups() == 1; // scores rise with them, but may have stopped to
        for (int e = 0; e < scores.length; e++) {
            choice[e] = byLogits ? logits.get(row, e) : bias == null ? scores[e] : scores[e] + bias[e];
        }
        if (spec.groups() > 1) {
            dropGroups();
        }
        for (int j = 0; j < spec.perToken(); j++) {
            int best = argMax(choice);
            choice[best] = Float.NEGATIVE_INFINITY;
            experts[at + j] = best;
        }
    }

    /** The score of an expert at the last {@link #route}, without its selection bias. */
    public float score(int expert) {
        return scores[expert];
    }

    private void score(FloatRows logits, int row) {
        for (int e = 0; e < scores.length; e++) {
            scores[e] = logits.get(row, e);
        }
        switch (spec.score()) {
            case SIGMOID -> {
                for (int e = 0; e < scores.length; e++) {
                    scores[e] = (float) (1 / (1 + Math.exp(-scores[e])));
                }
            }
            case SQRT_SOFTPLUS -> {
                for (int e = 0; e < scores.length; e++) {
                    double softplus = Math.max(scores[e], 0) + Math.log1p(Math.exp(-Math.abs(scores[e])));
                    scores[e] = (float) Math.sqrt(softplus);
                }
            }
            case SOFTMAX -> softmax(scores, 0, scores.length);
            case SOFTMAX_OF_CHOSEN -> {
                // the logits, until some are chosen
            }
        }
    }

    /** The softmax of {@code count} values in place; returns what they sum to. */
    private static float softmax(float[] values, int at, int count) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = at; i < at + count; i++) {
            max = Math.max(max, values[i]);
        }
        double sum = 0;
        for (int i = at; i < at + count; i++) {
            values[i] = (float) Math.exp(values[i] - max);
            sum += values[i];
        }
        for (int i = at; i < at + count; i++) {
            values[i] = (float) (values[i] / sum);
        }
        return 1;
    }

    /** Puts the experts of all but the best groups out of the choice. */
    private void dropGroups() {
        int size = choice.length / spec.groups();
        for (int g = 0; g < spec.groups(); g++) {
            float best = Float.NEGATIVE_INFINITY;
            float second = Float.NEGATIVE_INFINITY;
            for (int e = g * size; e < (g + 1) * size; e++) {
                if (choice[e] > best) {
                    second = best;
                    best = choice[e];
                } else if (choice[e] > second) {
                    second = choice[e];
                }
            }
            groupScores[g] = spec.groupScore() == RouterSpec.GroupScore.BEST || size == 1 ? best : best + second;
        }
        Arrays.fill(kept, false);
        for (int i = 0; i < spec.topGroups(); i++) {
            int g = argMax(groupScores);
            kept[g] = true;
            groupScores[g] = Float.NEGATIVE_INFINITY;
        }
        for (int e = 0; e < choice.length; e++) {
            if (!kept[e / size]) {
                choice[e] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    private static int argMax(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[best]) {
                best = i;
            }
        }
        return best;
    }
}
