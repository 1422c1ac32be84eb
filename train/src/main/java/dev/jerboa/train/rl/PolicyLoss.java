package dev.jerboa.train.rl;

import dev.jerboa.train.autograd.TokenLoss;
import dev.jerboa.train.data.Batch;
import java.util.function.IntToDoubleFunction;

/**
 * The clipped surrogate of policy gradients with a penalty for leaving a reference (GRPO, arXiv 2402.03300): with ρ the target's
 * probability over the one it was drawn with, A its reply's advantage, and π the reference's probability over today's,
 *
 * <pre>
 * loss  = counts · ( −min(ρ·A, clip(ρ, 1 − low, 1 + high)·A) + beta·(π − ln π − 1) )
 * slope = counts · ( −ρ·A, or 0 where the clip holds,        + beta·(1 − π)        )      by ln p
 * </pre>
 *
 * <p>Belongs to one batch: {@link #add} says in order what each token of it was drawn with. Filled by one thread, then read by any
 * number.
 */
public final class PolicyLoss implements TokenLoss {
    private final PolicyOptions options;
    private final double[] advantages;
    private final double[] drawn;
    private final double[] reference;
    private int tokens;

    /** For batches of at most so many tokens. */
    public PolicyLoss(PolicyOptions options, int maxTokens) {
        this.options = options;
        this.advantages = new double[maxTokens];
        this.drawn = new double[maxTokens];
        this.reference = new double[maxTokens];
    }

    /** Forgets all tokens. */
    public void clear() {
        tokens = 0;
    }

    /**
     * The next token's numbers; of one that does not count they do not matter.
     *
     * @param advantage of the reply that its target is in
     * @param drawnLogProbability its target's when it was drawn; also the reference's until {@link #reference} says another
     */
    public void add(double advantage, double drawnLogProbability) {
        advantages[tokens] = advantage;
        drawn[tokens] = drawnLogProbability;
        reference[tokens++] = drawnLogProbability;
    }

    /** Says what the target was drawn with, where {@link #add} was not told; also what it is under the reference until said. */
    public void drawn(int token, double logProbability) {
        drawn[token] = logProbability;
        reference[token] = logProbability;
    }

    /** Says what the target's log-probability is under the reference. */
    public void reference(int token, double logProbability) {
        reference[token] = logProbability;
    }

    @Override
    public double loss(int token, double logProbability, double counts) {
        if (counts == 0) {
            return 0;
        }
        double ratio = Math.exp(logProbability - drawn[token]);
        double advantage = advantages[token];
        double clipped = Math.clamp(ratio, 1 - options.clipLow(), 1 + options.clipHigh());
        double surrogate = -Math.min(ratio * advantage, clipped * advantage);
        return counts * (surrogate + options.beta() * divergence(token, logProbability));
    }

    @Override
    public double slope(int token, double logProbability, double counts) {
        if (counts == 0) {
            return 0;
        }
        double ratio = Math.exp(logProbability - drawn[token]);
        double surrogate = clips(ratio, advantages[token]) ? 0 : -ratio * advantages[token];
        double pull = options.beta() == 0 ? 0 : 1 - Math.exp(reference[token] - logProbability);
        return counts * (surrogate + options.beta() * pull);
    }

    /** Whether a token has gone as far as it may in the direction its advantage asks for. */
    private boolean clips(double ratio, double advantage) {
        return advantage > 0 ? ratio > 1 + options.clipHigh() : ratio < 1 - options.clipLow();
    }

    /** An estimate of the divergence from the reference that is never negative (Schulman's k3). */
    private double divergence(int token, double logProbability) {
        if (options.beta() == 0) {
            return 0;
        }
        double log = reference[token] - logProbability;
        return Math.exp(log) - log - 1;
    }

    /**
     * Sums over tokens that count, to be added up over batches.
     *
     * @param tokens how many count
     * @param surprise −ln p, whose mean estimates the entropy
     * @param divergence from the reference
     * @param clipped how many the clip holds
     * @param gap the largest difference between ln p now and when drawn
     */
    public record Sums(int tokens, double surprise, double divergence, int clipped, double gap) {
        public static final Sums NONE = new Sums(0, 0, 0, 0, 0);

        public Sums plus(Sums other) {
            return new Sums(
                    tokens + other.tokens,
                    surprise + other.surprise,
                    divergence + other.divergence,
                    clipped + other.clipped,
                    Math.max(gap, other.gap));
        }
    }

    /** What a pass over the batch came to, by its log-probabilities. */
    public Sums sums(Batch batch, IntToDoubleFunction logProbability) {
        int count = 0;
        double surprise = 0;
        double divergence = 0;
        int clipped = 0;
        double gap = 0;
        for (int t = 0; t < batch.tokens(); t++) {
            if (batch.weight(t) == 0) {
                continue;
            }
            double log = logProbability.applyAsDouble(t);
            count++;
            surprise -= log;
            divergence += divergence(t, log);
            clipped += advantages[t] != 0 && clips(Math.exp(log - drawn[t]), advantages[t]) ? 1 : 0;
            gap = Math.max(gap, Math.abs(log - drawn[t]));
        }
        return new Sums(count, surprise, divergence, clipped, gap);
    }
}
