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
    private double norm;

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
        norm = max + StrictMath.log(sum);
        return (double) logits[token] - max - StrictMath.log(sum);
    }

    /**
     * The most probable tokens after the row of the last call of {@link #of}, most probable first, of equal ones the smaller id.
     *
     * @param ids gets the tokens, as many as it is long, up to the vocabulary's size
     * @param logs gets their ln p
     */
    public void likeliest(int[] ids, double[] logs) {
        int count = 0;
        for (int id = 0; id < logits.length; id++) {
            float logit = logits[id];
            if (count == ids.length && !(logit > logits[ids[count - 1]])) {
                continue;
            }
            int at = count < ids.length ? count++ : count - 1;
            while (at > 0 && logit > logits[ids[at - 1]]) {
                ids[at] = ids[at - 1];
                at--;
            }
            ids[at] = id;
        }
        for (int i = 0; i < count; i++) {
            logs[i] = logits[ids[i]] - norm;
        }
    }
}
