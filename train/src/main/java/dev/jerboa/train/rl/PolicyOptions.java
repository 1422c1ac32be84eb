package dev.jerboa.train.rl;

/**
 * The loss of policy-gradient learning in switches; the published methods are settings of them.
 *
 * @param byDeviation whether advantages are divided by the standard deviation of their group
 * @param weighting what a token counts
 * @param clipLow how far below 1 the ratio of probabilities still moves a token that was bad; infinite for any
 * @param clipHigh how far above 1 it still moves one that was good; infinite for any
 * @param beta weight of the divergence from the reference; 0 for none
 * @param mixedOnly whether groups with equal rewards are left out (DAPO's dynamic sampling)
 * @param overlong the share of the most tokens, at their end, in which the reward falls by up to 1 (DAPO); 0 for none
 */
public record PolicyOptions(
        boolean byDeviation,
        Weighting weighting,
        double clipLow,
        double clipHigh,
        double beta,
        boolean mixedOnly,
        double overlong) {

    /** What a token of a reply counts. */
    public enum Weighting {
        /** As much as makes each reply count the same. */
        REPLY,
        /** The same as every other token of the step. */
        TOKEN,
        /** The same in all steps: one over the most tokens of a reply. */
        CONSTANT
    }

    /** The published methods. */
    public enum Preset {
        /** arXiv 2402.03300: group mean and deviation, replies count the same, ratios within 0.2 of 1, divergence by 0.04. */
        GRPO(new PolicyOptions(true, Weighting.REPLY, 0.2, 0.2, 0.04, false, 0)),
        /** arXiv 2503.20783: without deviation and lengths, which favour easy questions and long wrong replies. */
        DR_GRPO(new PolicyOptions(false, Weighting.CONSTANT, 0.2, 0.2, 0, false, 0)),
        /** arXiv 2503.14476: the upper clip wider, groups with equal rewards left out, tokens count the same, long replies cost. */
        DAPO(new PolicyOptions(true, Weighting.TOKEN, 0.2, 0.28, 0, true, 0.2)),
        /** Williams 1992, with the group's mean as baseline. */
        REINFORCE(new PolicyOptions(
                false, Weighting.TOKEN, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, 0, false, 0));

        private final PolicyOptions options;

        Preset(PolicyOptions options) {
            this.options = options;
        }

        public PolicyOptions options() {
            return options;
        }
    }

    public PolicyOptions {
        if (!(clipLow > 0 && clipHigh > 0 && beta >= 0 && beta < Double.POSITIVE_INFINITY && overlong >= 0)
                || overlong > 1) {
            throw new IllegalArgumentException("clips of " + clipLow + " and " + clipHigh + ", beta " + beta
                    + ", overlong " + overlong + "; expected clips above 0, beta from 0, overlong from 0 to 1");
        }
    }

    /** What a reply's length adds to its reward (DAPO, equation 13): 0, or down to −1 within the last share of the most tokens. */
    public double overlongReward(int tokens, int maxTokens) {
        double room = overlong * maxTokens;
        double over = tokens - (maxTokens - room);
        return over <= 0 ? 0 : -Math.min(1, over / room);
    }
}
