package dev.jerboa.engine.eval.perplexity;

import dev.jerboa.engine.eval.statistic.Mean;
import dev.jerboa.engine.eval.statistic.Proportion;
import dev.jerboa.engine.eval.statistic.Quantiles;

/**
 * How far a model's distributions are from a base model's, over the same tokens of a text. Divergences are KL(base ‖ model), in nats a
 * token.
 *
 * @param model the model's own figures
 * @param base the base model's
 * @param divergence the mean divergence
 * @param divergenceStandardError of {@code divergence}
 * @param quantiles of the divergences
 * @param sameTop tokens before which both find the same token most probable
 * @param lossDifference the mean of the model's loss less the base's, token by token
 * @param lossDifferenceStandardError of {@code lossDifference}: smaller than those of the two losses, as they rise and fall together
 */
public record Comparison(
        Perplexity model,
        Perplexity base,
        double divergence,
        double divergenceStandardError,
        Quantiles quantiles,
        Proportion sameTop,
        double lossDifference,
        double lossDifferenceStandardError) {
    /** The model's perplexity less the base's. */
    public double difference() {
        return model.perplexity() - base.perplexity();
    }

    /** The standard error of {@link #difference}: to first order, with the covariance that the paired losses have. */
    public double differenceStandardError() {
        double a = model.standardError();
        double b = base.standardError();
        double sa = model.lossStandardError();
        double sb = base.lossStandardError();
        double covariance = (sa * sa + sb * sb - lossDifferenceStandardError * lossDifferenceStandardError) / 2;
        return Math.sqrt(Math.max(0, a * a + b * b - 2 * model.perplexity() * base.perplexity() * covariance));
    }

    /** Collects the figures of tokens, in the order of the text. */
    static final class Collector {
        private final Mean model = new Mean();
        private final Mean base = new Mean();
        private final Mean differences = new Mean();
        private final Mean divergences = new Mean();
        private final double[] all;
        private int count;
        private int same;

        Collector(int tokens) {
            this.all = new double[tokens];
        }

        void add(double modelLoss, double baseLoss, double divergence, boolean sameTop) {
            model.add(modelLoss);
            base.add(baseLoss);
            differences.add(modelLoss - baseLoss);
            divergences.add(divergence);
            all[count++] = divergence;
            same += sameTop ? 1 : 0;
        }

        Comparison comparison(PerplexityOptions options, int windows, long bytes) {
            return new Comparison(
                    Perplexity.of(options, windows, model, bytes),
                    Perplexity.of(options, windows, base, bytes),
                    divergences.value(),
                    divergences.standardError(),
                    new Quantiles(all),
                    new Proportion(same, count),
                    differences.value(),
                    differences.standardError());
        }
    }
}
