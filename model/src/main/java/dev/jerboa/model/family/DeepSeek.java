package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.HALF_SPLIT;
import static dev.jerboa.kernel.ops.RotaryTable.Layout.INTERLEAVED;
import static java.util.Map.entry;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.LayerSpec;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.RouterSpec.GroupScore;
import dev.jerboa.model.decoder.RouterSpec.Score;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.UnitFunction;
import dev.jerboa.model.tensor.TensorSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * DeepSeek V2 (arXiv 2405.04434), V3 and R1 (arXiv 2412.19437), and Kimi K2 and GLM-4.7-Flash, which have V3's mathematics: latent attention,
 * some dense layers, then mixtures of experts with shared ones. V2 scores experts by softmax and groups by their best
 * expert; V3 by sigmoid with a selection bias, and groups by their best two. V3's layer past the last predicts a token further.
 */
final class DeepSeek implements Family {
    /** The norms of the latents use this, whatever the configuration says for the others. */
    private static final float LATENT_NORM_EPS = 1e-6f;

    @Override
    public Set<String> modelTypes() {
        return Set.of("deepseek_v2", "deepseek_v3", "kimi_k2", "glm4_moe_lite");
    }

    @Override
    public Set<String> architectures() {
        return Set.of("deepseek2");
    }

    /** What files leave out, of GLM-4.7-Flash. */
    private static final Map<String, Object> DEFAULTS_GLM = Map.ofEntries(
            entry("q_lora_rank", 768L),
            entry("kv_lora_rank", 512L),
            entry("qk_nope_head_dim", 192L),
            entry("qk_rope_head_dim", 64L),
            entry("v_head_dim", 256L),
            entry("n_routed_experts", 64L),
            entry("n_shared_experts", 1L),
            entry("num_experts_per_tok", 4L),
            entry("routed_scaling_factor", 1.8),
            entry("rms_norm_eps", 1e-5));

    @Override
    public Description read(FolderConfig published, TensorSource tensors) {
        String type = published.string("model_type");
        FolderConfig filled = switch (type) {
            case "deepseek_v2" -> published.without("rope_interleave");
            // its published code has one dense layer where mlp_layer_types is missing, whatever else a file says
            case "glm4_moe_lite" -> published.defaults(DEFAULTS_GLM).with("first_k_dense_replace", 1L);
            default -> published;
        };
        FolderConfig config = ported(filled, tensors) ? filled.without("moe_layer_freq") : filled;
        AttentionSpec attention = attention(config);
        IntFunction<FeedForwardSpec> feedForward =
                feedForward(config, type.equals("deepseek_v2") ? DeepSeek::secondRouter : DeepSeek::thirdRouter);
        DecoderSpec spec = Dense.decoder(config, type, layer -> attention, feedForward);
        return new Description(
                Predictions.of(
                        spec,
                        config.integer("num_nextn_predict_layers", 0),
                        Names.FOLDER,
                        tensors,
                        layer -> new LayerSpec(attention, feedForward.apply(layer))),
                Names.FOLDER);
    }

    /**
     * Whether a folder has experts in layers that {@code moe_layer_freq} leaves out: Hugging Face's classes do not read it, unlike the
     * publisher's own code.
     */
    private static boolean ported(FolderConfig config, TensorSource tensors) {
        int every = Math.max(1, config.integer("moe_layer_freq", 1));
        return IntStream.range(config.integer("first_k_dense_replace", 0), config.layers())
                .anyMatch(layer -> layer % every != 0 && tensors.has(Names.FOLDER.name(Slot.ROUTER, layer)));
    }

    /** Latent attention of a folder. */
    static AttentionSpec.Latent attention(FolderConfig config) {
        int plain = config.integer("qk_nope_head_dim");
        int rotary = config.integer("qk_rope_head_dim");
        if (config.string("model_type").equals("glm4_moe_lite")) {
            config.expect("partial_rotary_factor", 1);
        }
        return new AttentionSpec.Latent(
                config.integer("num_attention_heads"),
                config.integer("q_lora_rank", 0),
                config.integer("kv_lora_rank"),
                plain,
                rotary,
                config.integer("v_head_dim"),
                (float) (config.softmaxFactor() / Math.sqrt(plain + rotary)),
                config.flag("attention_bias", false),
                LATENT_NORM_EPS,
                config.rotary(rotary, config.flag("rope_interleave", true) ? INTERLEAVED : HALF_SPLIT),
                null);
    }

    /**
     * Experts in the layers that {@code mlp_layer_types} calls sparse, or from layer {@code first_k_dense_replace} on, where the
     * folder has any; gated units elsewhere. Layers past the last have experts.
     */
    static IntFunction<FeedForwardSpec> feedForward(FolderConfig config, Function<FolderConfig, RouterSpec> router) {
        int count = config.integer("n_routed_experts", 0);
        if (count == 0) {
            return layer -> Dense.feedForward(config);
        }
        int width = config.integer("moe_intermediate_size");
        FeedForwardSpec experts = new FeedForwardSpec.Experts(
                count,
                width,
                Math.multiplyExact(config.integer("n_shared_experts", 0), width),
                UnitFunction.of(config.activation()),
                router.apply(config),
                new FeedForwardSpec.Form(false, false, unitBias(config), false, false, 1));
        return where(config, experts);
    }

    /** Whether gated units, shared ones among them, have biases: the published code of V2 alone reads the key. */
    private static boolean unitBias(FolderConfig config) {
        return config.string("model_type").equals("deepseek_v2") && config.flag("mlp_bias", false);
    }

    /** {@code experts} where a folder says that a layer has some, gated units elsewhere. */
    static IntFunction<FeedForwardSpec> where(FolderConfig config, FeedForwardSpec experts) {
        int dense = config.integer("first_k_dense_replace", 0);
        int every = Math.max(1, config.integer("moe_layer_freq", 1));
        List<@Nullable Object> types = config.list("mlp_layer_types");
        if (!types.isEmpty()) {
            return layer -> layer >= types.size() || sparse(config, types.get(layer), layer)
                    ? experts
                    : Dense.feedForward(config, unitBias(config));
        }
        return layer -> layer >= dense && layer % every == 0 ? experts : Dense.feedForward(config, unitBias(config));
    }

    static boolean sparse(FolderConfig config, @Nullable Object type, int layer) {
        if (!"sparse".equals(type) && !"dense".equals(type)) {
            throw new ModelException(config.source() + ": mlp_layer_types has " + type + " for layer " + layer
                    + ", expected sparse or dense");
        }
        return "sparse".equals(type);
    }

    private static RouterSpec secondRouter(FolderConfig config) {
        String method = config.string("topk_method", "greedy");
        boolean grouped = switch (method) {
            case "greedy" -> false;
            case "group_limited_greedy" -> true;
            default ->
                throw new ModelException(config.source() + ": topk_method '" + method
                        + "' is not supported; expected greedy or group_limited_greedy");
        };
        return RouterSpec.of(Score.SOFTMAX, config.integer("num_experts_per_tok"))
                .withGroups(
                        grouped ? config.integer("n_group") : 1,
                        grouped ? config.integer("topk_group") : 1,
                        GroupScore.BEST)
                .withScale((float) config.number("routed_scaling_factor", 1));
    }

    /** V3's router: with a selection bias, unless {@code topk_method} is {@code greedy}. */
    static RouterSpec thirdRouter(FolderConfig config) {
        String method = config.string("topk_method", "noaux_tc");
        if (!method.equals("noaux_tc") && !method.equals("greedy")) {
            throw new ModelException(config.source() + ": topk_method '" + method
                    + "' is not supported; expected noaux_tc (with a selection bias) or greedy (without)");
        }
        return RouterSpec.of(config.score("sigmoid"), config.integer("num_experts_per_tok"))
                .withBias(method.equals("noaux_tc"))
                .withGroups(config.integer("n_group", 1), config.integer("topk_group", 1), GroupScore.SUM_OF_BEST_TWO)
                .withNormalised(config.flag("norm_topk_prob", true))
                .withScale((float) config.number("routed_scaling_factor", 1));
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        AttentionSpec attention = attention(config, tensors);
        return description(config, tensors, "deepseek2", layer -> attention);
    }

    /** Latent attention of a GGUF file. */
    static AttentionSpec.Latent attention(GgufConfig config, TensorSource tensors) {
        int rotary = config.integer("rope.dimension_count");
        int latent = config.integer("attention.kv_lora_rank");
        boolean split = config.has("attention.key_length_mla");
        int head = config.integer(split ? "attention.key_length_mla" : "attention.key_length");
        int value = config.integer(split ? "attention.value_length_mla" : "attention.value_length");
        double multiplier = config.yarnLogMultiplier();
        double magnitude =
                multiplier == 0 ? 1 : RotarySpec.Yarn.magnitude(config.number("rope.scaling.factor"), 10 * multiplier);
        return new AttentionSpec.Latent(
                config.integer("attention.head_count"),
                config.integer("attention.q_lora_rank", 0),
                latent,
                head - rotary,
                rotary,
                value,
                (float) (magnitude * magnitude / Math.sqrt(head)),
                tensors.has("blk.0.attn_kv_a_mqa.bias"),
                LATENT_NORM_EPS,
                config.rotary(rotary, INTERLEAVED, tensors),
                null);
    }

    /** A GGUF file with an attention for each layer, and one for those past the last, which are asked for by their numbers. */
    static Description description(
            GgufConfig config, TensorSource tensors, String family, IntFunction<AttentionSpec> attention) {
        int dense = config.integer("leading_dense_block_count", 0);
        FeedForwardSpec experts = experts(config, tensors, dense);
        DecoderSpec spec = Dense.decoder(
                config, tensors, family, attention, layer -> layer >= dense ? experts : Dense.feedForward(config));
        return new Description(
                Predictions.of(
                        spec,
                        config.integer("nextn_predict_layers", 0),
                        Names.GGUF,
                        tensors,
                        layer -> new LayerSpec(attention.apply(layer), experts)),
                Names.GGUF,
                Names.FOLDER);
    }

    private static FeedForwardSpec experts(GgufConfig config, TensorSource tensors, int dense) {
        int width = config.integer("expert_feed_forward_length");
        int gating = config.integer("expert_gating_func", 1);
        if (gating != 1 && gating != 2) {
            throw new ModelException(
                    config.source() + ": expert_gating_func is " + gating + ", expected 1 (softmax) or 2 (sigmoid)");
        }
        RouterSpec router = RouterSpec.of(
                        gating == 1 ? Score.SOFTMAX : Score.SIGMOID, config.integer("expert_used_count"))
                .withBias(tensors.has("blk." + dense + ".exp_probs_b.bias"))
                .withGroups(
                        config.integer("expert_group_count", 1),
                        config.integer("expert_group_used_count", 1),
                        gating == 1 ? GroupScore.BEST : GroupScore.SUM_OF_BEST_TWO)
                .withNormalised(config.flag("expert_weights_norm", false))
                .withScale((float) config.number("expert_weights_scale", 1));
        return new FeedForwardSpec.Experts(
                config.integer("expert_count"),
                width,
                Math.multiplyExact(config.integer("expert_shared_count", 0), width),
                Activation.SILU,
                router);
    }
}
