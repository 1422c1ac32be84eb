package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.memory.FloatRows;
import org.jspecify.annotations.Nullable;

/**
 * What attention computes, fixed for a layer. Query head h reads key/value head {@code h / (heads / kvHeads)}.
 *
 * @param heads query heads
 * @param kvHeads key and value heads (1 for latent attention in absorbed form)
 * @param headDim floats of a query or key head
 * @param valueDim floats of a value head
 * @param scale multiplies query·key
 * @param window a query at position p sees keys at positions (p − window, p]; 0 for all of [0, p]
 * @param chunk a query sees only keys of its own stretch of so many positions, counted from 0 (Llama 4); 0 for all
 * @param softCap a score s becomes {@code softCap · tanh(s / softCap)} (Grok); 0 for none
 * @param sinks a score for each query head that takes part in the softmax without a value (gpt-oss), one row; null for none
 */
public record AttentionShape(
        int heads,
        int kvHeads,
        int headDim,
        int valueDim,
        float scale,
        int window,
        int chunk,
        float softCap,
        @Nullable FloatRows sinks) {
    public AttentionShape {
        if (heads <= 0
                || kvHeads <= 0
                || heads % kvHeads != 0
                || headDim <= 0
                || valueDim <= 0
                || window < 0
                || chunk < 0
                || !(softCap >= 0)) {
            throw new IllegalArgumentException("attention of " + heads + " query heads over " + kvHeads
                    + " key heads of size " + headDim + "/" + valueDim + ", window " + window + ", chunk " + chunk
                    + ", soft cap " + softCap);
        }
        if (sinks != null && (sinks.rows() != 1 || sinks.cols() != heads)) {
            throw new IllegalArgumentException(
                    sinks.rows() + " × " + sinks.cols() + " sinks for " + heads + " query heads");
        }
    }

    /** Without chunks, soft cap and sinks. */
    public AttentionShape(int heads, int kvHeads, int headDim, int valueDim, float scale, int window) {
        this(heads, kvHeads, headDim, valueDim, scale, window, 0, 0, null);
    }

    /** The first position that the query at {@code position} sees. */
    public int firstVisible(int position) {
        int first = window == 0 ? 0 : Math.max(0, position - window + 1);
        return chunk == 0 ? first : Math.max(first, position - position % chunk);
    }

    /** A score after the soft cap. */
    public float capped(float score) {
        return softCap == 0 ? score : (float) (softCap * Math.tanh(score / softCap));
    }

    /** The score of a query head's sink; −∞ where there is none. */
    public float sink(int head) {
        return sinks == null ? Float.NEGATIVE_INFINITY : sinks.get(0, head);
    }
}
