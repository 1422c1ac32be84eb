package dev.jerboa.train.rl;

/** How much better each reply to a question was than the others to it. */
public final class Advantages {
    private Advantages() {}

    /**
     * Rewards of a group less their mean, and with {@code byDeviation} over their standard deviation (divisor n; GRPO,
     * arXiv 2402.03300). Exactly 0 for all where all rewards are equal.
     *
     * @throws IllegalArgumentException where the group is empty or a reward is not finite
     */
    public static double[] of(double[] rewards, boolean byDeviation) {
        double[] advantages = new double[rewards.length];
        if (!mixed(rewards)) {
            return advantages;
        }
        double mean = 0;
        for (double reward : rewards) {
            mean += reward / rewards.length;
        }
        double square = 0;
        for (double reward : rewards) {
            square += (reward - mean) * (reward - mean) / rewards.length;
        }
        double scale = byDeviation ? 1 / Math.sqrt(square) : 1;
        for (int i = 0; i < rewards.length; i++) {
            advantages[i] = (rewards[i] - mean) * scale;
        }
        return advantages;
    }

    /** Whether a group's rewards are not all equal: only then is there anything to learn from it. */
    public static boolean mixed(double[] rewards) {
        if (rewards.length == 0) {
            throw new IllegalArgumentException("a group without replies");
        }
        boolean mixed = false;
        for (double reward : rewards) {
            if (!Double.isFinite(reward)) {
                throw new IllegalArgumentException("a reward of " + reward);
            }
            mixed |= reward != rewards[0];
        }
        return mixed;
    }
}
