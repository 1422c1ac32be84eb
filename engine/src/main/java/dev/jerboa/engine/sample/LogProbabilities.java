package dev.jerboa.engine.sample;

import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.MemorySegment;

/**
 * The natural logarithm of a token's probability under the model itself: the log-softmax of the logits as they are, at temperature
 * 1, before any bias, penalty or filter. Sums are double, in order of ids, and give the same bits everywhere.
 *
 * <p>Allocates nothing after construction. Not for use by several threads at a time.
 */
public final class LogProbabilities {
    private final float[] logits;

    /** @param vocabularySize the number of logits */
    public LogProbabilities(int vocabularySize) {
        this.logits = new float[vocabularySize];
    }

    /** ln p of {@code token} after row {@code row} of {@code table}; NaN where a logit is NaN or positive infinity. */
    public double of(FloatRows table, int row, int token) {
        if (table.cols() != logits.length) {
            throw new IllegalArgumentException(
                    "logits of " + table.cols() + " tokens, expected the vocabulary's " + logits.length);
        }
        MemorySegment.copy(table.data(), FloatRows.FLOAT, table.offset(row), logits, 0, logits.length);
        float max = Float.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        if (Float.isNaN(max) || max == Float.POSITIVE_INFINITY) {
            return Double.NaN;
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Decay.of((double) max - logit);
        }
        return (double) logits[token] - max - StrictMath.log(sum);
    }
}
