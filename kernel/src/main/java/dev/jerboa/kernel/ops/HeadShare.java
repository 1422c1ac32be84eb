package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.cpu.Worker;

/**
 * A worker's share of tokens and heads in {@link Ops#store} and {@link Ops#attention}: a stretch of heads of all tokens where
 * {@link Ops#sharesHeads} says so, otherwise all heads of a stretch of tokens.
 *
 * @param heads all heads
 * @param byHead whether heads are shared, not tokens
 */
public record HeadShare(int heads, int firstHead, int endHead, int firstToken, int endToken, boolean byHead) {
    /** The share of what is written to a cache: key heads. */
    public static HeadShare ofStore(Worker worker, StepTokens tokens, KvLayer cache) {
        return of(worker, tokens.count(), cache.heads(), !cache.latent());
    }

    /**
     * The share of attention, in query heads. Without {@link #byHead} a tier may share tokens and heads as suits it, since
     * barriers stand before and after.
     */
    public static HeadShare ofAttention(Worker worker, StepTokens tokens, KvLayer cache, AttentionShape shape) {
        if (cache.latent()) {
            return of(worker, tokens.count(), shape.heads(), true);
        }
        HeadShare keys = of(worker, tokens.count(), shape.kvHeads(), true);
        int each = shape.heads() / shape.kvHeads();
        return new HeadShare(
                shape.heads(), keys.firstHead * each, keys.endHead * each, keys.firstToken, keys.endToken, keys.byHead);
    }

    private static HeadShare of(Worker worker, int tokens, int heads, boolean apart) {
        if (apart && Ops.sharesHeads(worker, tokens, heads)) {
            return new HeadShare(heads, worker.from(heads, 1), worker.to(heads, 1), 0, tokens, true);
        }
        return new HeadShare(heads, 0, heads, worker.from(tokens, 1), worker.to(tokens, 1), false);
    }

    /** Heads of this share. */
    public int headCount() {
        return endHead - firstHead;
    }

    /** Whether the share has the query head. */
    public boolean has(int head) {
        return head >= firstHead && head < endHead;
    }
}
