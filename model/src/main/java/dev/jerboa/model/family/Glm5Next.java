package dev.jerboa.model.family;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.SelectionSpec;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.tensor.TensorSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * GLM-5.3-Flash: Kimi's delta rules with a bounded decay, every few layers latent attention without rotation over positions that an
 * indexer of pools selects, DeepSeek-V3's experts with limited units, and DeepSeek-V4's hyper-connections, whose streams are averaged at
 * the end.
 */
final class Glm5Next implements Family {
    private static final float INDEX_NORM_EPS = 1e-6f;

    private static final TensorNames FOLDER = Names.FOLDER
            .with(KimiLinear.DELTA_RULE)
            .with(Map.of(
                    Slot.INDEX_POOL_GATE, "model.layers.{l}.self_attn.indexer.index_kpool_compress_gate",
                    Slot.INDEX_POOL_BIAS, "model.layers.{l}.self_attn.indexer.index_kpool_compress_ape"));

    @Override
    public Set<String> modelTypes() {
        return Set.of("glm5_next", "glm5_next_text");
    }

    @Override
    public Set<String> architectures() {
        return Set.of();
    }

    /** What files leave out. */
    private static final Map<String, Object> DEFAULTS = Map.of(
            "q_lora_rank", 1536L,
            "kv_lora_rank", 512L,
            "qk_nope_head_dim", 256L,
            "v_head_dim", 256L,
            "n_routed_experts", 288L,
            "num_experts_per_tok", 8L,
            "routed_scaling_factor", 2.5,
            "rms_norm_eps", 1e-5);

    @Override
    public Description read(FolderConfig published, TensorSource tensors) {
        FolderConfig config = published.defaults(DEFAULTS);
        config.expect("index_kpool_always_select_tail", true);
        config.expect("index_kpool_compress", true);
        config.expect("qk_rope_head_dim", 0L);
        config.expect("mla_use_nope", true);
        config.expect("mhc", true);
        config.expect("num_key_value_heads", (long) config.integer("num_attention_heads"));
        if (config.activation() != Activation.SILU) {
            throw new ModelException(config.source() + ": hidden_act '" + config.string("hidden_act", "")
                    + "' is not supported in linear attention; expected silu");
        }
        AttentionSpec rule = deltaRule(config);
        AttentionSpec.Latent latent = latent(config);
        AttentionSpec own = new AttentionSpec.Selected(latent, pools(config));
        AttentionSpec shared = new AttentionSpec.Selected(latent, new SelectionSpec.Shared());
        IntPredicate full = DeepSeekSparse.full(config);
        IntPredicate linear = linear(config);
        return new Description(
                Dense.decoder(
                        config.with("hc_head", "mean").otherwise("hc_mult", 4L),
                        "glm5_next",
                        layer -> linear.test(layer) ? rule : full.test(layer) ? own : shared,
                        feedForward(config)),
                FOLDER);
    }

    private static AttentionSpec deltaRule(FolderConfig config) {
        FolderConfig linear = config.object("linear_attn_config");
        boolean unbounded = config.values().containsKey("linear_lower_bound") && !config.has("linear_lower_bound");
        double bound = config.number("linear_lower_bound", unbounded ? 0 : -5);
        bound = linear.number("gate_lower_bound", bound);
        if (bound == 0 && config.has("linear_attn_config") && linear.flag("safe_gate", true)) {
            bound = -5;
        }
        return KimiLinear.deltaRule(
                linear.integer("num_heads", config.integer("linear_num_heads", 64)),
                linear.integer("head_dim", config.integer("linear_head_dim", 128)),
                linear.integer("short_conv_kernel_size", config.integer("linear_conv_kernel_dim", 4)),
                (float) bound,
                normEps(config));
    }

    private static float normEps(FolderConfig config) {
        return (float) config.number("rms_norm_eps", 1e-5);
    }

    /** The norms of latents use the configuration's epsilon, unlike DeepSeek's. */
    private static AttentionSpec.Latent latent(FolderConfig config) {
        int plain = config.integer("qk_nope_head_dim");
        return new AttentionSpec.Latent(
                config.integer("num_attention_heads"),
                config.integer("q_lora_rank"),
                config.integer("kv_lora_rank"),
                plain,
                0,
                config.integer("v_head_dim"),
                (float) (1 / Math.sqrt(plain)),
                config.flag("attention_bias", false),
                normEps(config),
                null,
                null);
    }

    private static SelectionSpec pools(FolderConfig config) {
        int every = config.integer("index_kpool", 16);
        int top = config.integer("index_topk", 2048);
        if (every < 1 || top % every != 0) {
            throw new ModelException(config.source() + ": index_topk is " + top + " and index_kpool " + every
                    + ", expected a number that divides the other");
        }
        return new SelectionSpec.Pools(
                config.integer("index_n_heads", 32),
                config.integer("index_head_dim", 128),
                top / every,
                every,
                INDEX_NORM_EPS);
    }

    private static IntPredicate linear(FolderConfig config) {
        return layer -> {
            String type = config.layerType(layer, layer % 4 == 3 ? "indexed_attention" : "linear_attention");
            return switch (type) {
                case "linear_attention" -> true;
                case "indexed_attention", "deepseek_sparse_attention", "full_attention" -> false;
                default ->
                    throw new ModelException(config.source() + ": layer_types says '" + type + "' for layer " + layer
                            + ", expected linear_attention or indexed_attention");
            };
        };
    }

    private static IntFunction<FeedForwardSpec> feedForward(FolderConfig config) {
        float limit = (float) config.number("swiglu_limit", config.values().containsKey("swiglu_limit") ? 0 : 10);
        int width = config.integer("moe_intermediate_size");
        FeedForwardSpec dense =
                new FeedForwardSpec.Gated(config.integer("intermediate_size"), config.activation(), limit);
        FeedForwardSpec experts = new FeedForwardSpec.Experts(
                config.integer("n_routed_experts"),
                width,
                Math.multiplyExact(config.integer("n_shared_experts", 1), width),
                config.activation(),
                DeepSeek.thirdRouter(config),
                limit);
        List<@Nullable Object> types = config.list("mlp_layer_types");
        int first = config.integer("first_k_dense_replace", 3);
        return layer -> {
            boolean sparse = types.isEmpty() ? layer >= first : DeepSeek.sparse(config, type(types, layer), layer);
            return sparse ? experts : dense;
        };
    }

    private static @Nullable Object type(List<@Nullable Object> types, int layer) {
        return layer < types.size() ? types.get(layer) : null;
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        throw new ModelException(config.source() + ": GLM-5.3 has no architecture of GGUF");
    }
}
