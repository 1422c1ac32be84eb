package dev.jerboa.model.decoder;

import dev.jerboa.kernel.ops.AttentionShape;
import org.jspecify.annotations.Nullable;

/** How a layer mixes positions. */
public sealed interface AttentionSpec {
    /** What it keeps of each position. */
    KvShape cacheShape();

    /**
     * Softmax attention with {@code heads} query heads over {@code kvHeads} key/value heads (multi-head where equal).
     *
     * @param scale multiplies query·key
     * @param window positions a query sees, itself included; 0 for all
     * @param inputBias whether query, key and value projections have biases
     * @param outputBias whether the output projection has one
     * @param headNorm whether queries and keys are RMS-normed per head before the rotation (Qwen3)
     */
    record GroupedQuery(
            int heads,
            int kvHeads,
            int headDim,
            float scale,
            int window,
            boolean inputBias,
            boolean outputBias,
            boolean headNorm,
            RotarySpec rotary)
            implements AttentionSpec {
        @Override
        public KvShape cacheShape() {
            return new KvShape(kvHeads * headDim, kvHeads * headDim, kvHeads);
        }

        AttentionShape shape() {
            return new AttentionShape(heads, kvHeads, headDim, headDim, scale, window);
        }
    }

    /**
     * Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434), computed in the absorbed form: the cache keeps one
     * normed latent and one rotated key of each position, shared by all heads.
     *
     * @param queryRank rank of the query's low-rank form; 0 where queries are projected directly
     * @param latentDim the cached latent
     * @param plainDim the part of a query or key head that is not rotated
     * @param rotaryDim the rotated part
     * @param valueDim a value head
     * @param bias whether the projections to the latents and the output projection have biases
     * @param latentNormEps epsilon of the norms of the two latents
     * @param rotary null where nothing is rotated: what is called the rotated part is then only shared by all heads
     * @param queryScaling null for none
     */
    record Latent(
            int heads,
            int queryRank,
            int latentDim,
            int plainDim,
            int rotaryDim,
            int valueDim,
            float scale,
            boolean bias,
            float latentNormEps,
            @Nullable RotarySpec rotary,
            @Nullable QueryScaling queryScaling)
            implements AttentionSpec {
        /** Without scaling of queries. */
        public Latent(
                int heads,
                int queryRank,
                int latentDim,
                int plainDim,
                int rotaryDim,
                int valueDim,
                float scale,
                boolean bias,
                float latentNormEps,
                @Nullable RotarySpec rotary) {
            this(heads, queryRank, latentDim, plainDim, rotaryDim, valueDim, scale, bias, latentNormEps, rotary, null);
        }

        @Override
        public KvShape cacheShape() {
            return new KvShape(latentDim + rotaryDim, 0);
        }

        AttentionShape shape() {
            return new AttentionShape(heads, 1, latentDim + rotaryDim, latentDim, scale, 0);
        }
    }

    /** Attention of {@code base} over the positions that {@code selection} leaves of those that a query could see. */
    record Selected(AttentionSpec base, SelectionSpec selection) implements AttentionSpec {
        public Selected {
            boolean known = switch (selection) {
                case SelectionSpec.Lightning _ -> base instanceof Latent latent && latent.queryRank() > 0;
                case SelectionSpec.Shared _ -> base instanceof Latent;
                case SelectionSpec.Blocks _ -> base instanceof GroupedQuery grouped && grouped.window() == 0;
            };
            if (!known) {
                throw new IllegalArgumentException("a selection " + selection + " for attention " + base);
            }
        }

        @Override
        public KvShape cacheShape() {
            KvShape rows = base.cacheShape();
            return new KvShape(rows.keyDim(), rows.valueDim(), rows.heads(), selection.sides());
        }
    }
}
