package dev.jerboa.train.autograd;

/** What the log-probability of a token's target costs. Called by several threads at once, for tokens of their own. */
public interface TokenLoss {
    /** {@code −counts · ln p}. */
    TokenLoss CROSS_ENTROPY = new TokenLoss() {
        @Override
        public double loss(int token, double logProbability, double counts) {
            return -counts * logProbability;
        }

        @Override
        public double slope(int token, double logProbability, double counts) {
            return -counts;
        }
    };

    /** Nothing: a head with it computes neither logits nor gradients, and all its log-probabilities are 0. */
    TokenLoss NONE = new TokenLoss() {
        @Override
        public double loss(int token, double logProbability, double counts) {
            return 0;
        }

        @Override
        public double slope(int token, double logProbability, double counts) {
            return 0;
        }
    };

    /**
     * The loss.
     *
     * @param token its place in the batch
     * @param counts the batch's weight of it
     */
    double loss(int token, double logProbability, double counts);

    /** Its derivative by the log-probability. */
    double slope(int token, double logProbability, double counts);
}
