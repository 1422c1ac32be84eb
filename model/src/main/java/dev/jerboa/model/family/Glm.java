package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.HALF_SPLIT;
import static dev.jerboa.kernel.ops.RotaryTable.Layout.INTERLEAVED;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.model.decoder.AttentionSpec.QueryNorm;
import dev.jerboa.model.decoder.AttentionSpec.Scores;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.ResidualSpec;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * GLM-4 without latents: GLM-4-9B ({@code glm}), GLM-4-0414 ({@code glm4}), which norms what sub-layers give, and the mixtures of
 * GLM-4.5 to 4.7 ({@code glm4_moe}), whose router is DeepSeek-V3's. A part of each head is rotated. Layers past the last
 * (multi-token prediction) are left alone.
 */
final class Glm implements Family {
    private static final double ROTATED = 0.5;

    /** What files leave out. */
    private static final Map<String, Object> DEFAULTS =
            Map.of("head_dim", 128L, "attention_bias", true, "rms_norm_eps", 1.5625e-7);

    private static final Map<String, Object> MIXTURE_DEFAULTS =
            Map.of("first_k_dense_replace", 1L, "n_shared_experts", 1L, "rms_norm_eps", 1e-5);

    private static final TensorNames FOLDER = Names.FOLDER
            .without(Slot.GATE, Slot.UP)
            .with(Map.of(
                    Slot.GATE_UP, "model.layers.{l}.mlp.gate_up_proj.weight",
                    Slot.ATTENTION_RESULT_NORM, "model.layers.{l}.post_self_attn_layernorm.weight",
                    Slot.FEED_FORWARD_RESULT_NORM, "model.layers.{l}.post_mlp_layernorm.weight"));

    private static final TensorNames GGUF = Names.GGUF.with(Map.of(
            Slot.ATTENTION_RESULT_NORM, "blk.{l}.post_attention_norm.weight",
            Slot.FEED_FORWARD_RESULT_NORM, "blk.{l}.post_ffw_norm.weight"));

    static final TensorNames GGUF_FUSED =
            GGUF.without(Slot.GATE, Slot.UP).with(Map.of(Slot.GATE_UP, "blk.{l}.ffn_up.weight"));

    @Override
    public Set<String> modelTypes() {
        return Set.of("glm", "glm4", "glm4_moe");
    }

    @Override
    public Set<String> architectures() {
        return Set.of("chatglm", "glm4", "glm4moe");
    }

    @Override
    public Description read(FolderConfig published, TensorSource tensors) {
        String type = published.string("model_type");
        boolean sparse = type.equals("glm4_moe");
        FolderConfig config = published
                .defaults(sparse ? MIXTURE_DEFAULTS : DEFAULTS)
                .otherwise("partial_rotary_factor", published.rotaryFactor(ROTATED));
        boolean headNorm = sparse && config.flag("use_qk_norm", false);
        Dense.Attention kind = new Dense.Attention(
                config.flag("attention_bias", false), false, headNorm ? QueryNorm.HEADS : QueryNorm.NONE, Scores.PLAIN);
        RotaryTable.Layout layout = sparse ? HALF_SPLIT : INTERLEAVED;
        IntFunction<FeedForwardSpec> feedForward =
                sparse ? DeepSeek.feedForward(config, DeepSeek::thirdRouter) : layer -> Dense.feedForward(config);
        DecoderSpec spec =
                Dense.decoder(config, type, Dense.attention(config, layout, kind, layer -> false), feedForward);
        return new Description(
                type.equals("glm4") ? spec.with(ResidualSpec.SANDWICH, spec.scales()) : spec,
                sparse ? Names.FOLDER : FOLDER);
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        String architecture = config.architecture();
        if (architecture.equals("glm4moe")) {
            return mixture(config, tensors);
        }
        Dense.Attention kind = Dense.Attention.of(tensors, QueryNorm.NONE);
        boolean sandwich = architecture.equals("glm4");
        DecoderSpec spec = Dense.decoder(
                config,
                tensors,
                sandwich ? "glm4" : "glm",
                Dense.attention(config, tensors, INTERLEAVED, kind),
                layer -> Dense.feedForward(config));
        return new Description(
                sandwich ? spec.with(ResidualSpec.SANDWICH, spec.scales()) : spec,
                tensors.has("blk.0.ffn_gate.weight") ? GGUF : GGUF_FUSED,
                FOLDER);
    }

    private static Description mixture(GgufConfig config, TensorSource tensors) {
        boolean headNorm = tensors.has("blk.0.attn_q_norm.weight");
        Dense.Attention kind = Dense.Attention.of(tensors, headNorm ? QueryNorm.HEADS : QueryNorm.NONE);
        int dense = config.integer("leading_dense_block_count", 0);
        int width = config.integer("expert_feed_forward_length");
        FeedForwardSpec experts = new FeedForwardSpec.Experts(
                config.integer("expert_count"),
                width,
                Math.multiplyExact(config.integer("expert_shared_count", 0), width),
                Activation.SILU,
                config.router(tensors.has("blk." + dense + ".exp_probs_b.bias"), 2, true));
        return new Description(
                Dense.decoder(
                        config,
                        tensors,
                        "glm4_moe",
                        Dense.attention(config, tensors, HALF_SPLIT, kind),
                        layer -> layer >= dense ? experts : Dense.feedForward(config)),
                Names.GGUF_POST_ATTENTION_NORM,
                Names.FOLDER);
    }
}
