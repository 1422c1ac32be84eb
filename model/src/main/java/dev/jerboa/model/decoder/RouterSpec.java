package dev.jerboa.model.decoder;

/**
 * How a mixture of experts chooses: {@code score} of the router's logits, plus a selection bias where there is one; the
 * best {@code topGroups} of {@code groups} groups stay; the {@code perToken} best of those are taken; their weights are
 * the scores without bias, normalised to sum 1 if {@code normalise}, times {@code scale}.
 *
 * @param bias whether a selection bias is added (balance without an auxiliary loss, DeepSeek-V3, arXiv 2412.19437)
 * @param groups groups of experts side by side; 1 for no groups
 * @param perToken experts that a token goes to
 * @param floor the least that weights are divided by when they are normalised (ERNIE 4.5)
 * @param byToken whether a table says, for each token of the vocabulary, which experts are taken (DeepSeek-V4's first layers);
 *     scores are their weights only
 */
public record RouterSpec(
        Score score,
        boolean bias,
        int groups,
        int topGroups,
        GroupScore groupScore,
        int perToken,
        boolean normalise,
        float scale,
        float floor,
        boolean byToken) {
    public RouterSpec {
        if (byToken && (bias || groups > 1)) {
            throw new IllegalArgumentException("experts by token leave nothing to be chosen by bias or groups");
        }
    }

    /** A router that takes the best, whose scores as they are become the weights; the {@code with} methods say what else it does. */
    public static RouterSpec of(Score score, int perToken) {
        return new RouterSpec(score, false, 1, 1, GroupScore.BEST, perToken, false, 1, 0, false);
    }

    public RouterSpec withBias(boolean wanted) {
        return new RouterSpec(score, wanted, groups, topGroups, groupScore, perToken, normalise, scale, floor, byToken);
    }

    /** With experts in {@code count} groups, of which the best {@code top} stay. */
    public RouterSpec withGroups(int count, int top, GroupScore by) {
        return new RouterSpec(score, bias, count, top, by, perToken, normalise, scale, floor, byToken);
    }

    public RouterSpec withNormalised(boolean wanted) {
        return new RouterSpec(score, bias, groups, topGroups, groupScore, perToken, wanted, scale, floor, byToken);
    }

    public RouterSpec withScale(float factor) {
        return new RouterSpec(score, bias, groups, topGroups, groupScore, perToken, normalise, factor, floor, byToken);
    }

    public RouterSpec withFloor(float least) {
        return new RouterSpec(score, bias, groups, topGroups, groupScore, perToken, normalise, scale, least, byToken);
    }

    /** With experts that a table chooses by token, or not. */
    public RouterSpec withByToken(boolean wanted) {
        return new RouterSpec(score, bias, groups, topGroups, groupScore, perToken, normalise, scale, floor, wanted);
    }

    /** From logits to scores. */
    public enum Score {
        SOFTMAX,
        /** The logits choose; weights are the softmax of those chosen (gpt-oss). */
        SOFTMAX_OF_CHOSEN,
        SIGMOID,
        /** √(ln(1 + eˣ)) (DeepSeek-V4). */
        SQRT_SOFTPLUS
    }

    /** The score of a group of experts. */
    public enum GroupScore {
        /** Its best expert (DeepSeek-V2). */
        BEST,
        /** The sum of its best two (DeepSeek-V3). */
        SUM_OF_BEST_TWO
    }

    /** A softmax router without bias and groups. */
    public static RouterSpec softmax(int perToken, boolean normalise) {
        return of(Score.SOFTMAX, perToken).withNormalised(normalise);
    }
}
