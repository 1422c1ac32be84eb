package dev.jerboa.model.decoder;

import dev.jerboa.kernel.memory.FloatRows;
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
     * @param norm how queries and keys are normed
     * @param rotary the rotation of the first dimensions of each head; null for none
     * @param scores what else the scores go through
     */
    record GroupedQuery(
            int heads,
            int kvHeads,
            int headDim,
            float scale,
            int window,
            boolean inputBias,
            boolean outputBias,
            QueryNorm norm,
            @Nullable RotarySpec rotary,
            Scores scores)
            implements AttentionSpec {
        /** With queries and keys normed per head or not at all, and plain scores. */
        public GroupedQuery(
                int heads,
                int kvHeads,
                int headDim,
                float scale,
                int window,
                boolean inputBias,
                boolean outputBias,
                boolean headNorm,
                @Nullable RotarySpec rotary) {
            this(
                    heads,
                    kvHeads,
                    headDim,
                    scale,
                    window,
                    inputBias,
                    outputBias,
                    headNorm ? QueryNorm.HEADS : QueryNorm.NONE,
                    rotary,
                    Scores.PLAIN);
        }

        /** Whether queries and keys are normed per head before the rotation. */
        public boolean headNorm() {
            return norm == QueryNorm.HEADS;
        }

        /** The same with another rotation. */
        public GroupedQuery with(@Nullable RotarySpec other) {
            return new GroupedQuery(heads, kvHeads, headDim, scale, window, inputBias, outputBias, norm, other, scores);
        }

        @Override
        public KvShape cacheShape() {
            return new KvShape(kvHeads * headDim, kvHeads * headDim, kvHeads);
        }

        AttentionShape shape(@Nullable FloatRows sinks) {
            return new AttentionShape(
                    heads, kvHeads, headDim, headDim, scale, window, scores.chunk(), scores.softCap(), sinks);
        }
    }

    /** How queries and keys are RMS-normed. */
    enum QueryNorm {
        NONE,
        /** Each head, before the rotation, with one weight for all of them (Qwen3). */
        HEADS,
        /** All heads of a position together, before the rotation (MiniMax-M2). */
        WHOLE,
        /** Each head, after the rotation, without weights (Llama 4). */
        TURNED_HEADS
    }

    /**
     * What scores go through before and in the softmax.
     *
     * @param chunk positions of a stretch that does not see others (Llama 4); 0 for none
     * @param softCap a score s becomes {@code softCap · tanh(s / softCap)} (Grok); 0 for none
     * @param sinks whether each query head has a score without a value in its softmax (gpt-oss)
     * @param growth how queries grow with their position; null for not at all
     */
    record Scores(
            int chunk,
            float softCap,
            boolean sinks,
            @Nullable QueryScaling growth) {
        /** Nothing. */
        public static final Scores PLAIN = new Scores(0, 0, false, null);

        /** The same with queries that grow. */
        public Scores with(@Nullable QueryScaling other) {
            return new Scores(chunk, softCap, sinks, other);
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
            RotarySpec rotary)
            implements AttentionSpec {
        @Override
        public KvShape cacheShape() {
            return new KvShape(latentDim + rotaryDim, 0);
        }

        AttentionShape shape() {
            return new AttentionShape(heads, 1, latentDim + rotaryDim, latentDim, scale, 0);
        }
    }
}
