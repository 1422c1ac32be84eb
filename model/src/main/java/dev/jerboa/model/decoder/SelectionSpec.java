package dev.jerboa.model.decoder;

import java.util.List;

/**
 * Which of the positions that a query could see attention is computed over: an indexer scores them all, at little cost each, and
 * the best are taken. Of equal scores the earlier position (or block) is taken. What an indexer keeps of a position, its index
 * key, is one more row of the cache.
 */
public sealed interface SelectionSpec {
    /** What an indexer keeps of a position. */
    List<KvShape.Side> sides();

    /**
     * The lightning indexer of DeepSeek-V3.2: queries come of the layer's query latent, the key and the weights of the hidden state.
     *
     * <pre>
     * key = layer norm(K x)                         both: the first {@code rotary.dims()} of {@code dim} rotated
     * score of a position = Σ_h (W x)_h · max(0, query_h · key)
     * </pre>
     *
     * A factor that all scores have in common chooses nothing and is left out.
     *
     * @param top positions that are taken
     * @param normEps epsilon of the key's norm
     */
    record Lightning(int heads, int dim, int top, float normEps, RotarySpec rotary) implements SelectionSpec {
        public Lightning {
            requireIndexer(heads, dim, top, rotary);
        }

        @Override
        public List<KvShape.Side> sides() {
            return List.of(new KvShape.Side(dim, 1));
        }
    }

    /** The positions that the last layer took that has an indexer (GLM-5.2, arXiv 2603.12201). */
    record Shared() implements SelectionSpec {
        @Override
        public List<KvShape.Side> sides() {
            return List.of();
        }
    }

    /**
     * The lightning indexer over pools of {@code every} positions (GLM-5.3): keys of whole pools are compared, the best pools are taken,
     * and the positions after the last whole pool always.
     *
     * <pre>
     * key = layer norm(K x)      gate = G x      both of a position; nothing is rotated
     * key of a pool = Σ_j softmax over j of (gate_j + bias_j) · key_j      channel by channel, over the pool's positions j
     * score of a pool = Σ_h (W x)_h · max(0, query_h · key of the pool)
     * </pre>
     *
     * @param top pools that are taken
     * @param normEps epsilon of the keys' norm
     */
    record Pools(int heads, int dim, int top, int every, float normEps) implements SelectionSpec {
        public Pools {
            if (heads < 1 || dim < 1 || top < 1 || every < 1) {
                throw new IllegalArgumentException("an indexer of " + heads + " heads of " + dim
                        + " dimensions that takes " + top + " pools of " + every + ", expected numbers from 1");
            }
        }

        /** Key and gate of each position, and the key of each pool. */
        @Override
        public List<KvShape.Side> sides() {
            return List.of(new KvShape.Side(2 * dim, 1), new KvShape.Side(dim, every));
        }
    }

    /**
     * Blocks of positions, one selection for each index head, which serves the query heads of as many key heads (MiniMax-M3).
     *
     * <pre>
     * query_h = norm((Q x)_h), key = norm(K x)      both: the first {@code rotary.dims()} of {@code dim} rotated
     * score of a block for h = max over its visible positions of query_h · key
     * </pre>
     *
     * @param size positions of a block; blocks start at multiples of it
     * @param top blocks that are taken
     * @param local how many of these are the query's own block and those just before it, whatever their scores
     */
    record Blocks(int heads, int dim, int size, int top, int local, RotarySpec rotary) implements SelectionSpec {
        public Blocks {
            requireIndexer(heads, dim, top, rotary);
            if (size < 1 || local < 0 || local > top) {
                throw new IllegalArgumentException(
                        "the best " + top + " blocks of " + size + " positions, " + local + " of them local");
            }
        }

        @Override
        public List<KvShape.Side> sides() {
            return List.of(new KvShape.Side(dim, 1));
        }
    }

    private static void requireIndexer(int heads, int dim, int top, RotarySpec rotary) {
        if (heads < 1 || top < 1 || dim < rotary.dims()) {
            throw new IllegalArgumentException("an indexer of " + heads + " heads of " + dim + " dimensions, "
                    + rotary.dims() + " of them rotated, that takes " + top);
        }
    }
}
