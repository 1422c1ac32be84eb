package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.INTERLEAVED;
import static dev.jerboa.model.family.DeepSeekFourNames.GGUF;
import static dev.jerboa.model.family.DeepSeekFourNames.PUBLISHED;
import static java.util.Map.entry;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.LayerSpec;
import dev.jerboa.model.decoder.ResidualSpec;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.RouterSpec.Score;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * DeepSeek V4: attention over a window and a compressed past, two rotary embeddings (layers that compress have their own), mixtures
 * of experts whose first layers choose by token, gated units with a limit, hyper-connections. Layers past the last are left alone.
 *
 * <p>{@code norm_topk_prob} is not read: the published code always normalises.
 */
final class DeepSeekFour implements Family {
    /** The rates that published configurations name: with a selection of entries, and without. */
    private static final int SPARSE = 4;

    private static final int HEAVY = 128;

    private static final String SPARSE_TYPE = "compressed_sparse_attention";

    private static final String HEAVY_TYPE = "heavily_compressed_attention";

    /** The first layers, which choose experts by token, where files do not say. */
    private static final int HASHED = 3;

    /** The share of a head that is turned. */
    private static final double PARTIAL = 0.125;

    /** What files leave out. */
    private static final Map<String, Object> DEFAULTS = Map.ofEntries(
            entry("head_dim", 512L),
            entry("q_lora_rank", 1024L),
            entry("o_groups", 8L),
            entry("o_lora_rank", 1024L),
            entry("sliding_window", 128L),
            entry("n_routed_experts", 256L),
            entry("num_experts_per_tok", 6L),
            entry("routed_scaling_factor", 1.5),
            entry("index_n_heads", 64L),
            entry("index_head_dim", 128L),
            entry("index_topk", 512L));

    @Override
    public Set<String> modelTypes() {
        return Set.of("deepseek_v4");
    }

    @Override
    public Set<String> architectures() {
        return Set.of("deepseek4");
    }

    /** Numbers of attention that do not depend on the layer. */
    private record Shape(
            int heads,
            int headDim,
            int queryRank,
            int window,
            int groups,
            int groupRank,
            float eps,
            RotarySpec near,
            RotarySpec far) {
        AttentionSpec with(AttentionSpec.@Nullable Compression compression) {
            return new AttentionSpec.Compressed(
                    heads,
                    headDim,
                    queryRank,
                    window,
                    groups,
                    groupRank,
                    (float) (1 / Math.sqrt(headDim)),
                    eps,
                    compression,
                    compression == null ? near : far);
        }
    }

    private static RouterSpec router(Score score, boolean byToken, int perToken, double scale) {
        return RouterSpec.of(score, perToken)
                .withBias(!byToken)
                .withNormalised(true)
                .withScale((float) scale)
                .withByToken(byToken);
    }

    private static <T> T read(String source, Supplier<T> reader) {
        try {
            return reader.get();
        } catch (IllegalArgumentException e) {
            throw new ModelException(source + ": " + e.getMessage(), e);
        }
    }

    @Override
    public Description read(FolderConfig published, TensorSource tensors) {
        FolderConfig config = published.defaults(DEFAULTS);
        TensorNames names = DeepSeekFourNames.ofFolder(tensors);
        return new Description(read(config.source(), () -> spec(config, names, tensors)), names, PUBLISHED);
    }

    private static DecoderSpec spec(FolderConfig config, TensorNames names, TensorSource tensors) {
        expect(config, "num_key_value_heads", 1);
        expect(config, "n_shared_experts", 1);
        if (config.flag("attention_bias", false) || config.flag("mlp_bias", false)) {
            throw new ModelException(config.source() + ": attention_bias or mlp_bias is true, expected false");
        }
        String method = config.string("topk_method", "noaux_tc");
        if (!method.equals("noaux_tc")) {
            throw new ModelException(config.source() + ": topk_method is '" + method + "', expected noaux_tc");
        }
        Shape shape = shape(config);
        FolderConfig streams = config.has("hc_mult") ? config : config.with("hc_mult", 4L);
        return new DecoderSpec(
                "deepseek_v4",
                config.integer("vocab_size"),
                config.integer("hidden_size"),
                config.integer("max_position_embeddings", 4096),
                shape.eps,
                config.flag("tie_word_embeddings", false),
                streams.residual(),
                IntStream.range(0, config.layers())
                        .mapToObj(l -> new LayerSpec(
                                shape.with(compression(config, names, tensors, l)), feedForward(config, l)))
                        .toList());
    }

    private static void expect(FolderConfig config, String key, int value) {
        int found = config.integer(key, value);
        if (found != value) {
            throw new ModelException(config.source() + ": key " + key + " is " + found + ", expected " + value);
        }
    }

    private static Shape shape(FolderConfig config) {
        int headDim = config.integer("head_dim");
        int turned = config.has("qk_rope_head_dim")
                ? config.integer("qk_rope_head_dim")
                : (int) Math.rint(config.number("partial_rotary_factor", PARTIAL) * headDim);
        FolderConfig parameters = config.object("rope_parameters");
        FolderConfig near = config.stretched(parameters.object("main"));
        boolean old = !parameters.has("main");
        if (old == parameters.has("compress")) {
            throw new ModelException(parameters.source() + " has one of main and compress, expected both or none");
        }
        FolderConfig far = config.stretched(old ? config.rope() : parameters.object("compress"));
        for (FolderConfig each : new FolderConfig[] {config, near, far}) {
            double share = each.number("partial_rotary_factor", (double) turned / headDim);
            if (Math.abs(share * headDim - turned) > 0.01) {
                throw new ModelException(each.source() + ": key partial_rotary_factor is " + share
                        + ", expected qk_rope_head_dim / head_dim = " + turned + " / " + headDim);
            }
        }
        if (!far.has("attention_factor")) {
            far = far.with("attention_factor", 1.0);
        } else if (old && far.number("attention_factor") != 1) {
            throw new ModelException(far.source() + ": key attention_factor is " + far.number("attention_factor")
                    + ", expected 1: this family leaves cosines as they are");
        }
        double nearBase = near.number("rope_theta", config.number("rope_theta", 10_000));
        double compressed = config.number("compress_rope_theta", 160_000);
        double farBase = old ? compressed : far.number("rope_theta", compressed);
        return new Shape(
                config.integer("num_attention_heads"),
                headDim,
                config.integer("q_lora_rank"),
                config.integer("sliding_window"),
                config.integer("o_groups"),
                config.integer("o_lora_rank"),
                (float) config.number("rms_norm_eps", 1e-6),
                new RotarySpec(turned, INTERLEAVED, nearBase, near.scaling()),
                new RotarySpec(turned, INTERLEAVED, farBase, far.scaling()));
    }

    private static AttentionSpec.@Nullable Compression compression(
            FolderConfig config, TensorNames names, TensorSource tensors, int layer) {
        if (config.has("layer_types")) {
            String type = config.ofLayer("layer_types", layer);
            return switch (type) {
                case "sliding_attention" -> null;
                case SPARSE_TYPE -> sparse(config, rate(config, type, SPARSE));
                case HEAVY_TYPE -> new AttentionSpec.Compression(rate(config, type, HEAVY), false, null);
                default ->
                    throw new ModelException(config.source() + ": layer_types has '" + type + "' for layer " + layer
                            + ", expected sliding_attention, compressed_sparse_attention or"
                            + " heavily_compressed_attention");
            };
        }
        if (!config.has("compress_ratios")) { // as V4-Pro
            boolean heavy = layer < 2 || layer % 2 == 0;
            return heavy
                    ? new AttentionSpec.Compression(rate(config, HEAVY_TYPE, HEAVY), false, null)
                    : sparse(config, rate(config, SPARSE_TYPE, SPARSE));
        }
        int rate = config.numberOfLayer("compress_ratios", layer);
        return rate == 0
                ? null
                : selects(rate, names, tensors, layer)
                        ? sparse(config, rate)
                        : new AttentionSpec.Compression(rate, false, null);
    }

    /** The rate of a type of layers: in {@code compress_rates}, or in a key of its own, as older files have it. */
    private static int rate(FolderConfig config, String type, int otherwise) {
        String older = type.equals(SPARSE_TYPE) ? "compress_rate_csa" : "compress_rate_hca";
        return config.integer(older, config.object("compress_rates").integer(type, otherwise));
    }

    /** Whether a layer of this rate selects entries; of rates that no published configuration has the tensors tell. */
    private static boolean selects(int rate, TensorNames names, TensorSource tensors, int layer) {
        return rate == SPARSE || rate != HEAVY && tensors.has(names.name(Slot.SELECTION_QUERY, layer));
    }

    private static AttentionSpec.Compression sparse(FolderConfig config, int rate) {
        return new AttentionSpec.Compression(
                rate,
                true,
                new AttentionSpec.Selection(
                        config.integer("index_n_heads"),
                        config.integer("index_head_dim"),
                        config.integer("index_topk")));
    }

    private static FeedForwardSpec feedForward(FolderConfig config, int layer) {
        int width = config.integer("moe_intermediate_size");
        return new FeedForwardSpec.Experts(
                config.integer("n_routed_experts"),
                width,
                width,
                config.activation(),
                router(
                        config.score("sqrtsoftplus"),
                        byToken(config, layer),
                        config.integer("num_experts_per_tok"),
                        config.number("routed_scaling_factor", 1)),
                limit(config.number("swiglu_limit", 10), config.source() + ": key swiglu_limit"));
    }

    private static boolean byToken(FolderConfig config, int layer) {
        if (!config.has("mlp_layer_types")) {
            return layer < config.integer("num_hash_layers", HASHED);
        }
        String type = config.ofLayer("mlp_layer_types", layer);
        return switch (type) {
            case "hash_moe" -> true;
            case "moe" -> false;
            default ->
                throw new ModelException(config.source() + ": mlp_layer_types has '" + type + "' for layer " + layer
                        + ", expected hash_moe or moe");
        };
    }

    private static float limit(double limit, String key) {
        if (!(limit > 0)) {
            throw new ModelException(key + " is " + limit + ", expected a number above 0");
        }
        return (float) limit;
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        return new Description(read(config.source(), () -> spec(config, tensors)), GGUF, PUBLISHED);
    }

    private static DecoderSpec spec(GgufConfig config, TensorSource tensors) {
        expect(config, "attention.head_count_kv", 1);
        expect(config, "expert_shared_count", 1);
        int headDim = config.integer("attention.key_length");
        expect(config, "attention.value_length", headDim);
        int turned = config.integer("rope.dimension_count");
        Shape shape = new Shape(
                config.integer("attention.head_count"),
                headDim,
                config.integer("attention.q_lora_rank"),
                config.integer("attention.sliding_window"),
                config.integer("attention.output_group_count"),
                config.integer("attention.output_lora_rank"),
                config.normEps(),
                new RotarySpec(turned, INTERLEAVED, config.number("rope.freq_base", 10_000), new RotarySpec.Unscaled()),
                new RotarySpec(
                        turned, INTERLEAVED, config.number("attention.compress_rope_freq_base"), scaling(config)));
        return new DecoderSpec(
                "deepseek_v4",
                config.vocabularySize(tensors),
                config.integer("embedding_length"),
                config.integer("context_length", 4096),
                shape.eps,
                !tensors.has("output.weight"),
                new ResidualSpec.Hyper(
                        ResidualSpec.Kind.MANIFOLD,
                        config.integer("hyper_connection.count"),
                        config.integer("hyper_connection.sinkhorn_iterations", 20),
                        (float) config.number("hyper_connection.epsilon", 1e-6),
                        false,
                        ResidualSpec.Head.LEARNED),
                IntStream.range(0, config.layers())
                        .mapToObj(
                                l -> new LayerSpec(shape.with(compression(config, tensors, l)), feedForward(config, l)))
                        .toList());
    }

    private static void expect(GgufConfig config, String key, int value) {
        int found = config.integer(key, value);
        if (found != value) {
            throw new ModelException(config.source() + ": key " + config.architecture() + "." + key + " is " + found
                    + ", expected " + value);
        }
    }

    private static RotarySpec.Scaling scaling(GgufConfig config) {
        String type = config.string("rope.scaling.type", "none");
        return switch (type) {
            case "none" -> new RotarySpec.Unscaled();
            case "yarn" ->
                new RotarySpec.Yarn(
                        config.number("rope.scaling.factor"),
                        config.number("rope.scaling.original_context_length"),
                        config.number("rope.scaling.yarn_beta_fast", 32),
                        config.number("rope.scaling.yarn_beta_slow", 1),
                        true,
                        1);
            default ->
                throw new ModelException(
                        config.source() + ": rope.scaling.type is '" + type + "', expected none or yarn");
        };
    }

    private static AttentionSpec.@Nullable Compression compression(GgufConfig config, TensorSource tensors, int layer) {
        int rate = config.integerOfLayer("attention.compress_ratios", layer);
        if (rate == 0) {
            return null;
        }
        return selects(rate, GGUF, tensors, layer)
                ? new AttentionSpec.Compression(
                        rate,
                        true,
                        new AttentionSpec.Selection(
                                config.integer("attention.indexer.head_count"),
                                config.integer("attention.indexer.key_length"),
                                config.integer("attention.indexer.top_k")))
                : new AttentionSpec.Compression(rate, false, null);
    }

    private static FeedForwardSpec feedForward(GgufConfig config, int layer) {
        int width = config.integer("expert_feed_forward_length");
        int gating = config.integer("expert_gating_func", 4);
        Score score = switch (gating) {
            case 1 -> Score.SOFTMAX;
            case 2 -> Score.SIGMOID;
            case 4 -> Score.SQRT_SOFTPLUS;
            default ->
                throw new ModelException(config.source() + ": expert_gating_func is " + gating
                        + ", expected 1 (softmax), 2 (sigmoid) or 4 (sqrtsoftplus)");
        };
        double limit = config.numberOfLayer("swiglu_clamp_exp", layer);
        double sharedLimit = config.numberOfLayer("swiglu_clamp_shexp", layer);
        if (limit != sharedLimit) {
            throw new ModelException(config.source() + ": swiglu_clamp_exp and swiglu_clamp_shexp of layer " + layer
                    + " are " + limit + " and " + sharedLimit + ", expected the same");
        }
        return new FeedForwardSpec.Experts(
                config.integer("expert_count"),
                width,
                config.integer("expert_shared_feed_forward_length", width),
                Activation.SILU,
                router(
                        score,
                        layer < config.integer("hash_layer_count"),
                        config.integer("expert_used_count"),
                        config.number("expert_weights_scale", 1)),
                limit(limit, config.source() + ": swiglu_clamp_exp"));
    }
}
