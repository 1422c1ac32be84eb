package dev.jerboa.kernel.ops;

/**
 * What attention computes, fixed for a layer. Query head h reads key/value head {@code h / (heads / kvHeads)}.
 *
 * @param heads query heads
 * @param kvHeads key and value heads (1 for latent attention in absorbed form)
 * @param headDim floats of a query or key head
 * @param valueDim floats of a value head
 * @param scale multiplies query·key
 * @param window a query at position p sees keys at positions (p − window, p]; 0 for all of [0, p]
 */
public record AttentionShape(int heads, int kvHeads, int headDim, int valueDim, float scale, int window) {
    public AttentionShape {
        if (heads <= 0 || kvHeads <= 0 || heads % kvHeads != 0 || headDim <= 0 || valueDim <= 0 || window < 0) {
            throw new IllegalArgumentException("attention of " + heads + " query heads over " + kvHeads
                    + " key heads of size " + headDim + "/" + valueDim + ", window " + window);
        }
    }

    /** The first position that the query at {@code position} sees. */
    public int firstVisible(int position) {
        return window == 0 ? 0 : Math.max(0, position - window + 1);
    }
}
