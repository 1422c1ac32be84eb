package dev.jerboa.model.family;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.AttentionSpec.StateGate;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.RouterSpec.GroupScore;
import dev.jerboa.model.decoder.RouterSpec.Score;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Kimi Linear (arXiv 2510.26692): delta rules with a decay a channel (Kimi Delta Attention), every few layers latent attention without
 * rotation, and DeepSeek-V3's experts.
 */
final class KimiLinear implements Family {
    /** Of the norm of the latent, whatever the configuration says for the others. */
    private static final float LATENT_NORM_EPS = 1e-6f;

    /** The names of delta rules, which GLM-5.3 has too. */
    static final Map<Slot, String> DELTA_RULE = Map.ofEntries(
            Map.entry(Slot.STATE_QUERY_KERNELS, "model.layers.{l}.self_attn.q_conv1d.weight"),
            Map.entry(Slot.STATE_KEY_KERNELS, "model.layers.{l}.self_attn.k_conv1d.weight"),
            Map.entry(Slot.STATE_VALUE_KERNELS, "model.layers.{l}.self_attn.v_conv1d.weight"),
            Map.entry(Slot.STATE_STRENGTH, "model.layers.{l}.self_attn.b_proj.weight"),
            Map.entry(Slot.STATE_DECAY_DOWN, "model.layers.{l}.self_attn.f_a_proj.weight"),
            Map.entry(Slot.STATE_DECAY_UP, "model.layers.{l}.self_attn.f_b_proj.weight"),
            Map.entry(Slot.STATE_DECAY_BIAS, "model.layers.{l}.self_attn.dt_bias"),
            Map.entry(Slot.STATE_LOG_RATE, "model.layers.{l}.self_attn.A_log"),
            Map.entry(Slot.STATE_GATE_DOWN, "model.layers.{l}.self_attn.g_a_proj.weight"),
            Map.entry(Slot.STATE_GATE_UP, "model.layers.{l}.self_attn.g_b_proj.weight"),
            Map.entry(Slot.STATE_NORM, "model.layers.{l}.self_attn.o_norm.weight"),
            Map.entry(Slot.STATE_OUTPUT, "model.layers.{l}.self_attn.o_proj.weight"));

    private static final TensorNames FOLDER = Mixtral.FOLDER
            .with(DELTA_RULE)
            .with(Map.of(
                    Slot.ROUTER_BIAS, "model.layers.{l}.block_sparse_moe.gate.e_score_correction_bias",
                    Slot.SHARED_GATE, "model.layers.{l}.block_sparse_moe.shared_experts.gate_proj.weight",
                    Slot.SHARED_UP, "model.layers.{l}.block_sparse_moe.shared_experts.up_proj.weight",
                    Slot.SHARED_DOWN, "model.layers.{l}.block_sparse_moe.shared_experts.down_proj.weight"));

    static final TensorNames GGUF = Names.GGUF.with(Map.ofEntries(
            Map.entry(Slot.STATE_QUERY_KERNELS, "blk.{l}.ssm_conv1d_q.weight"),
            Map.entry(Slot.STATE_KEY_KERNELS, "blk.{l}.ssm_conv1d_k.weight"),
            Map.entry(Slot.STATE_VALUE_KERNELS, "blk.{l}.ssm_conv1d_v.weight"),
            Map.entry(Slot.STATE_STRENGTH, "blk.{l}.ssm_beta.weight"),
            Map.entry(Slot.STATE_DECAY_DOWN, "blk.{l}.ssm_f_a.weight"),
            Map.entry(Slot.STATE_DECAY_UP, "blk.{l}.ssm_f_b.weight"),
            Map.entry(Slot.STATE_DECAY_BIAS, "blk.{l}.ssm_dt.bias"),
            Map.entry(Slot.STATE_NEGATIVE_RATE, "blk.{l}.ssm_a"),
            Map.entry(Slot.STATE_GATE_DOWN, "blk.{l}.ssm_g_a.weight"),
            Map.entry(Slot.STATE_GATE_UP, "blk.{l}.ssm_g_b.weight"),
            Map.entry(Slot.STATE_NORM, "blk.{l}.ssm_norm.weight"),
            Map.entry(Slot.STATE_OUTPUT, "blk.{l}.attn_output.weight")));

    @Override
    public Set<String> modelTypes() {
        return Set.of("kimi_linear");
    }

    @Override
    public Set<String> architectures() {
        return Set.of("kimi-linear");
    }

    /** What files leave out. */
    private static final Map<String, Object> DEFAULTS = Map.of(
            "kv_lora_rank", 512L,
            "qk_nope_head_dim", 128L,
            "qk_rope_head_dim", 64L,
            "v_head_dim", 128L,
            "routed_scaling_factor", 2.446,
            "first_k_dense_replace", 1L);

    @Override
    public Description read(FolderConfig published, TensorSource tensors) {
        FolderConfig config = published.defaults(DEFAULTS);
        config.expect("mla_use_nope", true);
        config.expect("attention_bias", false);
        config.expect("moe_router_activation_func", "sigmoid");
        config.expect("num_key_value_heads", (long) config.integer("num_attention_heads"));
        if (config.activation() != Activation.SILU) {
            throw new ModelException(config.source() + ": hidden_act '" + config.string("hidden_act", "")
                    + "' is not supported in linear attention; expected silu");
        }
        FolderConfig linear = config.object("linear_attn_config");
        int headDim = linear.integer(
                "head_dim", config.integer("linear_head_dim", config.integer("linear_key_head_dim", 128)));
        int heads = linear.integer(
                "num_heads", config.integer("linear_num_heads", config.integer("linear_num_key_heads", 32)));
        AttentionSpec rule = deltaRule(
                heads,
                headDim,
                linear.integer("short_conv_kernel_size", config.integer("linear_conv_kernel_dim", 4)),
                0,
                (float) config.number("rms_norm_eps", 1e-5));
        int plain = config.integer("qk_nope_head_dim");
        int shared = config.integer("qk_rope_head_dim");
        AttentionSpec latent = latent(
                config.integer("num_attention_heads"),
                config.integer("q_lora_rank", 0),
                config.integer("kv_lora_rank"),
                plain,
                shared,
                config.integer("v_head_dim"));
        IntPredicate full = full(config, linear);
        DecoderSpec spec = Dense.decoder(
                config.otherwise("max_position_embeddings", (long) config.integer("model_max_length", 4096))
                        .otherwise("rms_norm_eps", 1e-5),
                "kimi_linear",
                layer -> full.test(layer) ? latent : rule,
                feedForward(config));
        String dense = "model.layers.{l}.block_sparse_moe.gate_proj.weight";
        boolean saved = tensors.has(dense.replace("{l}", "0")); // by a class that calls the dense layers so too
        return new Description(
                spec,
                !saved
                        ? FOLDER
                        : FOLDER.with(Map.of(
                                Slot.GATE, dense,
                                Slot.UP, "model.layers.{l}.block_sparse_moe.up_proj.weight",
                                Slot.DOWN, "model.layers.{l}.block_sparse_moe.down_proj.weight")));
    }

    /** Kimi Delta Attention. */
    static AttentionSpec deltaRule(int heads, int headDim, int window, float lowerBound, float normEps) {
        return new AttentionSpec.DeltaRule(
                heads, heads, headDim, headDim, false, window, true, headDim, lowerBound, StateGate.SIGMOID, normEps);
    }

    private static AttentionSpec latent(int heads, int queryRank, int latent, int plain, int shared, int value) {
        return new AttentionSpec.Latent(
                heads,
                queryRank,
                latent,
                plain,
                shared,
                value,
                (float) (1 / Math.sqrt(plain + shared)),
                false,
                LATENT_NORM_EPS,
                null,
                null);
    }

    /** Which layers have latent attention: by {@code layer_types}, or by the lists that count from 1, or every fourth one after the first. */
    private static IntPredicate full(FolderConfig config, FolderConfig linear) {
        List<@Nullable Object> full = linear.list("full_attn_layers");
        List<@Nullable Object> rules = linear.list("kda_layers");
        boolean listed = !full.isEmpty() || !rules.isEmpty();
        return layer -> {
            if (!config.has("layer_types") && listed) {
                long number = layer + 1L;
                if (full.contains(number) == rules.contains(number)) {
                    throw new ModelException(config.source() + ": layer " + number
                            + " (counted from 1) is in both or none of linear_attn_config's full_attn_layers and kda_layers,"
                            + " expected in one");
                }
                return full.contains(number);
            }
            String type = config.layerType(layer, layer > 0 && layer % 4 == 0 ? "full_attention" : "linear_attention");
            return switch (type) {
                case "full_attention" -> true;
                case "linear_attention", "kda_attention" -> false;
                default ->
                    throw new ModelException(config.source() + ": layer_types says '" + type + "' for layer " + layer
                            + ", expected linear_attention or full_attention");
            };
        };
    }

    private static IntFunction<FeedForwardSpec> feedForward(FolderConfig config) {
        int groups = config.integer("num_expert_group", config.integer("n_group", 1));
        if (groups > 1) {
            config.expect("use_grouped_topk", true);
        }
        int width = config.integer("moe_intermediate_size");
        RouterSpec router = RouterSpec.of(
                        Score.SIGMOID,
                        config.has("num_experts_per_token")
                                ? config.integer("num_experts_per_token")
                                : config.integer("num_experts_per_tok"))
                .withBias(true)
                .withGroups(groups, config.integer("topk_group", 1), GroupScore.SUM_OF_BEST_TWO)
                .withNormalised(config.flag("moe_renormalize", config.flag("norm_topk_prob", true)))
                .withScale((float) config.number("routed_scaling_factor", 1));
        FeedForwardSpec experts = new FeedForwardSpec.Experts(
                config.has("num_experts") ? config.integer("num_experts") : config.integer("n_routed_experts"),
                width,
                Math.multiplyExact(config.integer("num_shared_experts", config.integer("n_shared_experts", 1)), width),
                config.activation(),
                router);
        return DeepSeek.where(config, experts);
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        AttentionSpec rule = deltaRule(
                config.integer("attention.head_count"),
                config.integer("kda.head_dim"),
                config.integer("ssm.conv_kernel"),
                0,
                config.normEps());
        int shared = config.integer("rope.dimension_count");
        AttentionSpec latent = latent(
                config.integer("attention.head_count"),
                config.integer("attention.q_lora_rank", 0),
                config.integer("attention.kv_lora_rank"),
                config.integer("attention.key_length_mla") - shared,
                shared,
                config.integer("attention.value_length_mla"));
        int dense = config.integer("leading_dense_block_count", 0);
        int gating = config.integer("expert_gating_func", 2);
        if (gating != 2) {
            throw new ModelException(config.source() + ": expert_gating_func is " + gating + ", expected 2 (sigmoid)");
        }
        int width = config.integer("expert_feed_forward_length");
        FeedForwardSpec experts = new FeedForwardSpec.Experts(
                config.integer("expert_count"),
                width,
                Math.multiplyExact(config.integer("expert_shared_count", 1), width),
                Activation.SILU,
                RouterSpec.of(Score.SIGMOID, config.integer("expert_used_count"))
                        .withBias(tensors.has("blk." + dense + ".exp_probs_b.bias"))
                        .withGroups(
                                Math.max(1, config.integer("expert_group_count", 1)),
                                Math.max(1, config.integer("expert_group_used_count", 1)),
                                GroupScore.SUM_OF_BEST_TWO)
                        .withNormalised(config.flag("expert_weights_norm", true))
                        .withScale((float) config.number("expert_weights_scale", 1)));
        int[] kinds = new int[config.layers()];
        Arrays.setAll(kinds, layer -> config.integerOfLayer("attention.head_count_kv", layer));
        return new Description(
                Dense.decoder(
                        config,
                        tensors,
                        "kimi_linear",
                        layer -> kinds[layer] == 0 ? rule : latent,
                        layer -> layer >= dense ? experts : Dense.feedForward(config)),
                GGUF,
                FOLDER);
    }
}
