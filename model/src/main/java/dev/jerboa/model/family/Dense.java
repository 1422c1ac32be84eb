package dev.jerboa.model.family;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.LayerSpec;
import dev.jerboa.model.decoder.ResidualSpec;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.decoder.UnitFunction;
import dev.jerboa.model.tensor.TensorSource;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** The Llama block as both containers describe it; families that differ from it say how. */
final class Dense {
    private Dense() {}

    /**
     * How a family's grouped-query attention differs from Llama's.
     *
     * @param inputBias biases on query, key and value
     * @param outputBias a bias on the output projection
     * @param norm of queries and keys
     * @param scores what the scores go through
     */
    record Attention(boolean inputBias, boolean outputBias, AttentionSpec.QueryNorm norm, AttentionSpec.Scores scores) {
        static final Attention PLAIN = new Attention(false, false, false);

        Attention(boolean inputBias, boolean outputBias, boolean headNorm) {
            this(
                    inputBias,
                    outputBias,
                    headNorm ? AttentionSpec.QueryNorm.HEADS : AttentionSpec.QueryNorm.NONE,
                    AttentionSpec.Scores.PLAIN);
        }

        /** As the biases in a GGUF file's first layer say. */
        static Attention of(TensorSource gguf, AttentionSpec.QueryNorm norm) {
            return new Attention(
                    gguf.has("blk.0.attn_q.bias") || gguf.has("blk.0.attn_qkv.bias"),
                    gguf.has("blk.0.attn_output.bias"),
                    norm,
                    AttentionSpec.Scores.PLAIN);
        }

        Attention with(AttentionSpec.Scores other) {
            return new Attention(inputBias, outputBias, norm, other);
        }
    }

    /** A decoder of a folder. */
    static DecoderSpec decoder(
            FolderConfig config,
            String family,
            IntFunction<AttentionSpec> attention,
            IntFunction<FeedForwardSpec> feedForward) {
        return new DecoderSpec(
                family,
                config.integer("vocab_size"),
                config.integer("hidden_size"),
                config.integer("max_position_embeddings", 4096),
                (float) config.number("rms_norm_eps", 1e-6),
                config.flag("tie_word_embeddings", false),
                config.residual(),
                layers(config.layers(), attention, feedForward));
    }

    /** A decoder of a GGUF file; the head is tied where the file has none. */
    static DecoderSpec decoder(
            GgufConfig config,
            TensorSource tensors,
            String family,
            IntFunction<AttentionSpec> attention,
            IntFunction<FeedForwardSpec> feedForward) {
        return new DecoderSpec(
                family,
                config.vocabularySize(tensors),
                config.integer("embedding_length"),
                config.integer("context_length", 4096),
                config.normEps(),
                !tensors.has("output.weight"),
                ResidualSpec.PLAIN,
                layers(config.layers(), attention, feedForward));
    }

    /** Grouped-query attention of a folder; {@code windowed} says which layers see only {@code sliding_window} positions. */
    static IntFunction<AttentionSpec> attention(
            FolderConfig config, RotaryTable.Layout layout, Attention kind, IntPredicate windowed) {
        int heads = config.integer("num_attention_heads");
        int headDim = headDim(config);
        int kvHeads = config.integer("num_key_value_heads", heads);
        RotarySpec rotary = config.rotary(config.rotaryDims(headDim, 1), layout);
        return layer -> attention(
                heads, kvHeads, headDim, windowed.test(layer) ? config.integer("sliding_window") : 0, kind, rotary);
    }

    /** The dimensions of a head of a folder. */
    static int headDim(FolderConfig config) {
        int heads = config.integer("num_attention_heads");
        return config.integer("head_dim", config.integer("hidden_size") / Math.max(heads, 1));
    }

    /** Grouped-query attention of a GGUF file, with its window in all layers. */
    static IntFunction<AttentionSpec> attention(
            GgufConfig config, TensorSource tensors, RotaryTable.Layout layout, Attention kind) {
        return attention(config, tensors, layout, kind, layer -> true);
    }

    /** Grouped-query attention of a GGUF file; {@code windowed} says which layers have its window. */
    static IntFunction<AttentionSpec> attention(
            GgufConfig config, TensorSource tensors, RotaryTable.Layout layout, Attention kind, IntPredicate windowed) {
        int heads = config.integer("attention.head_count");
        int headDim = config.integer("attention.key_length", config.integer("embedding_length") / Math.max(heads, 1));
        int kvHeads = config.integer("attention.head_count_kv", heads);
        RotarySpec rotary = config.rotary(config.integer("rope.dimension_count", headDim), layout, tensors);
        int window = config.integer("attention.sliding_window", 0);
        return layer -> attention(heads, kvHeads, headDim, windowed.test(layer) ? window : 0, kind, rotary);
    }

    private static AttentionSpec attention(
            int heads, int kvHeads, int headDim, int window, Attention kind, RotarySpec rotary) {
        return AttentionSpec.GroupedQuery.of(heads, kvHeads, headDim)
                .withWindow(window)
                .withBiases(kind.inputBias(), kind.outputBias())
                .withNorm(kind.norm())
                .withRotary(rotary)
                .withScores(kind.scores());
    }

    /** A gated unit of a folder. */
    static FeedForwardSpec feedForward(FolderConfig config) {
        return new FeedForwardSpec.Gated(config.integer("intermediate_size"), config.activation());
    }

    /** A gated unit of a folder whose projections may have biases. */
    static FeedForwardSpec feedForward(FolderConfig config, boolean bias) {
        return new FeedForwardSpec.Gated(
                config.integer("intermediate_size"), UnitFunction.of(config.activation()), bias);
    }

    /** A gated unit of a GGUF file. */
    static FeedForwardSpec feedForward(GgufConfig config) {
        return new FeedForwardSpec.Gated(config.integer("feed_forward_length"), Activation.SILU);
    }

    private static List<LayerSpec> layers(
            int count, IntFunction<AttentionSpec> attention, IntFunction<FeedForwardSpec> feedForward) {
        return IntStream.range(0, count)
                .mapToObj(layer -> new LayerSpec(attention.apply(layer), feedForward.apply(layer)))
                .toList();
    }
}
