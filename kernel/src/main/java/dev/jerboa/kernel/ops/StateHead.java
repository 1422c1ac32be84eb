package dev.jerboa.kernel.ops;

/**
 * A head of attention that keeps a running state, a matrix S of {@code keyDim} × {@code valueDim} (row-major), instead of
 * positions, and where its numbers stand. For each token, S being 0 before a sequence's first:
 *
 * <pre>
 * S ← diag(decay) · S
 * u = strength · (v − Sᵀk)      where it corrects (the delta rule, arXiv 2102.11174); otherwise u = v
 * S ← S + k uᵀ
 * o = Sᵀq
 * </pre>
 *
 * Sums run over the key's channels in order, by fused multiply-adds.
 *
 * @param query the column of the queries' table where the head begins; so for {@code key}, {@code value} and {@code out}
 * @param decay the column of the head's decay, or of its first channel's
 * @param decayPerChannel whether each channel of the key has a decay of its own
 * @param strength the column of its strength
 * @param corrects whether what the state holds for the key is taken off the value
 * @param state where S begins in a row of states
 */
public record StateHead(
        int keyDim,
        int valueDim,
        int query,
        int key,
        int value,
        int decay,
        boolean decayPerChannel,
        int strength,
        boolean corrects,
        int state,
        int out) {}
