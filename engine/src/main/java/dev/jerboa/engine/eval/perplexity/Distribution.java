package dev.jerboa.engine.eval.perplexity;

import dev.jerboa.engine.sample.Decay;
import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.MemorySegment;

/**
 * The distribution that a row of logits is: their log-softmax, without making it. Sums are double, in order of ids, so bits are the same
 * everywhere. Reusable; one thread at a time.
 */
final class Distribution {
    private final float[] logits;
    private float max;
    private double sum;
    private double norm;
    private int top;

    Distribution(int vocabularySize) {
        this.logits = new float[vocabularySize];
    }

    /** Becomes the distribution of a row. */
    void read(FloatRows table, int row) {
        MemorySegment.copy(table.data(), FloatRows.FLOAT, table.offset(row), logits, 0, logits.length);
        sum();
    }

    /** The logits, to be written before {@link #sum}. */
    float[] logits() {
        return logits;
    }

    /** Becomes the distribution of {@link #logits}. */
    void sum() {
        top = 0;
        for (int id = 1; id < logits.length; id++) {
            if (logits[id] > logits[top]) {
                top = id;
            }
        }
        max = logits[top];
        sum = 0;
        for (float logit : logits) {
            sum += Float.isNaN(logit) ? Double.NaN : Decay.of((double) max - logit);
        }
        norm = max + StrictMath.log(sum);
    }

    /** The most probable token; of equally probable ones the smallest id. */
    int top() {
        return top;
    }

    /** The natural logarithm of a token's probability; NaN where the logits are no distribution. */
    double log(int token) {
        return logits[token] - norm;
    }

    /** The Kullback–Leibler divergence of {@code other} from this: what is lost, in nats, when other stands for this. */
    double divergence(Distribution other) {
        double divergence = 0;
        for (int id = 0; id < logits.length; id++) {
            double p = Decay.of((double) max - logits[id]) / sum;
            if (p > 0) {
                divergence += p * (logits[id] - norm - (other.logits[id] - other.norm));
            }
        }
        return divergence;
    }
}
