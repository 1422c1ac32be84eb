package dev.jerboa.model.decoder;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.AttentionShape;
import java.util.ArrayList;
import java.util.List;
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
     * @param outputGate whether the query projection makes [query | gate] of each head, and what attention gives is multiplied by
     *     sigmoid(gate) before the output projection (Qwen3-Next)
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
            Scores scores,
            boolean outputGate)
            implements AttentionSpec {
        /** Over all positions, by 1 / √headDim, without biases, norms, rotation and gate; the {@code with} methods say what else. */
        public static GroupedQuery of(int heads, int kvHeads, int headDim) {
            float scale = (float) (1 / Math.sqrt(headDim));
            return new GroupedQuery(
                    heads, kvHeads, headDim, scale, 0, false, false, QueryNorm.NONE, null, Scores.PLAIN, false);
        }

        public GroupedQuery withScale(float factor) {
            return new GroupedQuery(
                    heads, kvHeads, headDim, factor, window, inputBias, outputBias, norm, rotary, scores, outputGate);
        }

        /** With so many positions that a query sees; 0 for all. */
        public GroupedQuery withWindow(int positions) {
            return new GroupedQuery(
                    heads, kvHeads, headDim, scale, positions, inputBias, outputBias, norm, rotary, scores, outputGate);
        }

        public GroupedQuery withBiases(boolean input, boolean output) {
            return new GroupedQuery(
                    heads, kvHeads, headDim, scale, window, input, output, norm, rotary, scores, outputGate);
        }

        public GroupedQuery withNorm(QueryNorm how) {
            return new GroupedQuery(
                    heads, kvHeads, headDim, scale, window, inputBias, outputBias, how, rotary, scores, outputGate);
        }

        public GroupedQuery withRotary(@Nullable RotarySpec rotation) {
            return new GroupedQuery(
                    heads, kvHeads, headDim, scale, window, inputBias, outputBias, norm, rotation, scores, outputGate);
        }

        public GroupedQuery withScores(Scores through) {
            return new GroupedQuery(
                    heads, kvHeads, headDim, scale, window, inputBias, outputBias, norm, rotary, through, outputGate);
        }

        public GroupedQuery withOutputGate(boolean wanted) {
            return new GroupedQuery(
                    heads, kvHeads, headDim, scale, window, inputBias, outputBias, norm, rotary, scores, wanted);
        }

        /** Whether queries and keys are normed per head before the rotation. */
        public boolean headNorm() {
            return norm == QueryNorm.HEADS;
        }

        /** Outputs of the query projection. */
        public int queryOutputs() {
            return heads * headDim * (outputGate ? 2 : 1);
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
        /** The same with queries that grow, or not. */
        public Latent with(@Nullable QueryScaling other) {
            return new Latent(
                    heads,
                    queryRank,
                    latentDim,
                    plainDim,
                    rotaryDim,
                    valueDim,
                    scale,
                    bias,
                    latentNormEps,
                    rotary,
                    other);
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
                case SelectionSpec.Pools _ -> base instanceof Latent latent && latent.queryRank() > 0;
                case SelectionSpec.Shared _ -> base instanceof Latent;
                case SelectionSpec.Blocks blocks -> base instanceof GroupedQuery grouped && suits(grouped, blocks);
            };
            if (!known) {
                throw new IllegalArgumentException("a selection " + selection + " for attention " + base);
            }
        }

        private static boolean suits(GroupedQuery grouped, SelectionSpec.Blocks blocks) {
            int units = Math.max(grouped.kvHeads(), blocks.heads());
            return grouped.window() == 0
                    && grouped.scores().with(null).equals(Scores.PLAIN)
                    && units % grouped.kvHeads() == 0
                    && units % blocks.heads() == 0
                    && grouped.heads() % units == 0;
        }

        @Override
        public KvShape cacheShape() {
            KvShape rows = base.cacheShape();
            return new KvShape(rows.keyDim(), rows.valueDim(), rows.heads(), selection.sides());
        }
    }

    /**
     * Attention over a window of positions and a compressed past (DeepSeek-V4). One row of {@code headDim} floats is key and value of
     * a position for all heads; with {@code compression}, stretches of positions have an entry each, which is key and value too.
     *
     * <pre>
     * x → query latent → norm → heads, each normed without weight      x → key → norm           both: the last {@code rotary.dims()} turned
     * keys of (p − window, p], entries that ended by p → softmax with the head's sink beside → weighted sum → turned back
     * → groups of heads, each projected to {@code groupRank} → output projection → out
     * </pre>
     *
     * @param groups of heads, which divide them
     * @param normEps epsilon of all norms
     * @param compression null where only the window is seen
     * @param rotary of the last dimensions of queries, keys, entries and results
     */
    record Compressed(
            int heads,
            int headDim,
            int queryRank,
            int window,
            int groups,
            int groupRank,
            float scale,
            float normEps,
            @Nullable Compression compression,
            RotarySpec rotary)
            implements AttentionSpec {
        public Compressed {
            if (heads < 1 || groups < 1 || heads % groups != 0 || window < 1 || rotary.dims() > headDim) {
                throw new IllegalArgumentException(heads + " heads of " + headDim + ", " + rotary.dims()
                        + " of them turned, in " + groups + " groups with a window of " + window);
            }
            if (compression != null
                    && compression.selection != null
                    && compression.selection.headDim() < rotary.dims()) {
                throw new IllegalArgumentException("a selection by heads of " + compression.selection.headDim() + ", "
                        + rotary.dims() + " of them turned");
            }
        }

        /** Columns of a group's heads. */
        public int groupDim() {
            return heads / groups * headDim;
        }

        @Override
        public KvShape cacheShape() {
            List<KvShape.Side> sides = new ArrayList<>();
            sides.add(new KvShape.Side(headDim, 1));
            if (compression != null) {
                sides.addAll(compression.sides(headDim));
                if (compression.selection != null) {
                    sides.addAll(compression.sides(compression.selection.headDim()));
                }
            }
            return new KvShape(sides);
        }
    }

    /**
     * How stretches of positions become entries. A position has values and gates of {@code halves() · dim} floats; when a
     * stretch ends,
     *
     * <pre>
     * entry = norm(Σ_j softmax over j of (gate_j + bias_j) · value_j)     channel by channel, over the stretch's positions j
     * </pre>
     *
     * turned as at the stretch's first position. Where stretches overlap, j also runs over the positions of the stretch before: with
     * the first half of their values and gates, and the ending stretch's with the second half.
     *
     * @param every positions of a stretch
     * @param selection which entries a query sees of those that have ended; null for all
     */
    record Compression(
            int every, boolean overlapping, @Nullable Selection selection) {
        public Compression {
            if (every < 1) {
                throw new IllegalArgumentException("an entry for every " + every + " positions, expected at least 1");
            }
        }

        /** Halves of a position's values and gates. */
        public int halves() {
            return overlapping ? 2 : 1;
        }

        /** Values and gates of positions, and entries. */
        private List<KvShape.Side> sides(int dim) {
            return List.of(new KvShape.Side(2 * halves() * dim, 1), new KvShape.Side(dim, every));
        }
    }

    /**
     * Which entries are seen: the {@code most} of the best score, the earlier of equal ones. Entries of {@code headDim} floats
     * are compressed for this alone, as the others are; queries come of the layer's query latent:
     *
     * <pre>
     * score of an entry = Σ_h (W x)_h / √(heads · headDim) · max(0, query_h · entry)
     * </pre>
     */
    record Selection(int heads, int headDim, int most) {
        public Selection {
            if (heads < 1 || headDim < 1 || most < 1) {
                throw new IllegalArgumentException(
                        "a selection of " + most + " by " + heads + " heads of " + headDim + ", expected at least 1");
            }
        }
    }

    /** What the result of a running state is multiplied by. */
    enum StateGate {
        /** z · sigmoid(z). */
        SILU,
        SIGMOID
    }

    /**
     * The gated delta rule: Gated DeltaNet (arXiv 2412.06464) with a decay a head, Kimi Delta Attention (arXiv 2510.26692) with a
     * decay a channel of the key. Instead of positions a sequence keeps a matrix a value head, and the last inputs of convolutions.
     *
     * <pre>
     * q, k, v = silu(conv(W x))          a causal convolution a channel, over {@code window} positions
     * q = q / ‖q‖ / √keyDim              k = k / ‖k‖
     * b = sigmoid(W_b x)                 a head
     * g = −e^A · softplus(W_a x + c)     a head or a channel; with a lower bound: bound · sigmoid(e^A · (W_a x + c))
     * S ← e^g S + k (b · (v − (e^g S)ᵀk))ᵀ
     * y = W_o (rmsNorm(Sᵀq) · gate(W_z x))
     * </pre>
     *
     * @param keyHeads heads of queries and keys, each read by {@code valueHeads / keyHeads} value heads
     * @param tiled whether value head h reads key head h mod {@code keyHeads} rather than its neighbours' (GGUF of Qwen3.5)
     * @param window positions of a convolution
     * @param decayPerChannel whether channels of keys have decays of their own
     * @param rank rank of W_a and W_z; 0 where they are whole
     * @param lowerBound of g; 0 for none
     * @param normEps epsilon of the norm of a head's result
     */
    record DeltaRule(
            int keyHeads,
            int valueHeads,
            int keyDim,
            int valueDim,
            boolean tiled,
            int window,
            boolean decayPerChannel,
            int rank,
            float lowerBound,
            StateGate gate,
            float normEps)
            implements AttentionSpec {
        public DeltaRule {
            if (keyHeads < 1 || valueHeads % keyHeads != 0 || keyDim < 1 || valueDim < 1 || window < 1) {
                throw new IllegalArgumentException("a delta rule of " + keyHeads + " key heads of " + keyDim + " and "
                        + valueHeads + " value heads of " + valueDim + ", convolutions of " + window
                        + ": expected numbers from 1, and key heads that divide value heads");
            }
        }

        /** Channels of queries, keys and values. */
        public int channels() {
            return 2 * keyHeads * keyDim + valueHeads * valueDim;
        }

        /** Numbers of a token's decays. */
        public int decays() {
            return decayPerChannel ? valueHeads * keyDim : valueHeads;
        }

        /** Where the states of heads begin. */
        int convolved() {
            return (window - 1) * channels();
        }

        @Override
        public KvShape cacheShape() {
            return KvShape.ofState(
                    Math.addExact(convolved(), Math.multiplyExact(Math.multiplyExact(valueHeads, keyDim), valueDim)));
        }
    }

    /**
     * Lightning attention (arXiv 2401.04658) as MiniMax-01 has it: no softmax and no rotation, and a matrix a head instead of
     * positions.
     *
     * <pre>
     * q, k, v = silu(W x)            heads of [q | k | v]
     * S ← e^(−slope) S + k vᵀ
     * y = W_o (rmsNorm(Sᵀq) · sigmoid(W_z x))      the norm goes over all heads
     * </pre>
     *
     * @param layerFactor multiplies the slopes 2^(−8 (h + 1) / heads)
     * @param normEps epsilon of the norm
     */
    record Lightning(int heads, int headDim, double layerFactor, float normEps) implements AttentionSpec {
        /** How fast a head forgets: its state is multiplied by e to minus this. */
        public double slope(int head) {
            return Math.pow(2, -8.0 * (head + 1) / heads) * layerFactor;
        }

        @Override
        public KvShape cacheShape() {
            return KvShape.ofState(Math.multiplyExact(Math.multiplyExact(heads, headDim), headDim));
        }
    }
}
