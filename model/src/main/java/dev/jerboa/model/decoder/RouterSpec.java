package dev.jerboa.model.decoder;

/**
 * How a mixture of experts chooses: {@code score} of the router's logits, plus a selection bias where there is one; the
 * best {@code topGroups} of {@code groups} groups stay; the {@code perToken} best of those are taken; their weights are
 * the scores without bias, normalised to sum 1 if {@code normalise}, times {@code scale}.
 *
 * @param bias whether a selection bias is added (balance without an auxiliary loss, DeepSeek-V3, arXiv 2412.19437)
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

    /** A router that chooses by scores, with a floor. */
    public RouterSpec(
            Score score,
            boolean bias,
            int groups,
            int topGroups,
            GroupScore groupScore,
            int perToken,
            boolean normalise,
            float scale,
            float floor) {
        this(score, bias, groups, topGroups, groupScore, perToken, normalise, scale, floor, false);
    }

    /** A router whose experts a table may choose by token. */
    public RouterSpec(
            Score score,
            boolean bias,
            int groups,
            int topGroups,
            GroupScore groupScore,
            int perToken,
            boolean normalise,
            float scale,
            boolean byToken) {
        this(score, bias, groups, topGroups, groupScore, perToken, normalise, scale, 0, byToken);
    }

    /** A router that chooses by scores. */
    public RouterSpec(
            Score score,
            boolean bias,
            int groups,
            int topGroups,
            GroupScore groupScore,
            int perToken,
            boolean normalise,
            float scale) {
        this(score, bias, groups, topGroups, groupScore, perToken, normalise, scale, 0, false);
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
        return new RouterSpec(Score.SOFTMAX, false, 1, 1, GroupScore.BEST, perToken, normalise, 1);
    }
}
