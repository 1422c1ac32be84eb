package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.HALF_SPLIT;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.ResidualSpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.tensor.TensorSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * MiniMax-Text-01 and M1 (arXiv 2501.08313): lightning attention, every few layers Mixtral's attention, Mixtral's experts, and a residual
 * of normed states. Keys are those of Hugging Face's class or of the publisher's own; the former rotates whole heads.
 */
final class MiniMax implements Family {
    /** Of the norm after lightning attention, whatever the configuration says for the others. */
    private static final float STATE_NORM_EPS = 1e-6f;

    /** What files leave out. */
    private static final Map<String, Object> DEFAULTS = Map.of(
            "num_key_value_heads", 8L,
            "rms_norm_eps", 1e-5,
            "rope_theta", 1e6,
            "num_local_experts", 8L,
            "num_experts_per_tok", 2L);

    private static final TensorNames FOLDER = Mixtral.FOLDER.with(Map.of(
            Slot.STATE_INPUTS_BY_HEAD, "model.layers.{l}.self_attn.qkv_proj.weight",
            Slot.STATE_GATE, "model.layers.{l}.self_attn.output_gate.weight",
            Slot.STATE_NORM, "model.layers.{l}.self_attn.norm.weight",
            Slot.STATE_OUTPUT, "model.layers.{l}.self_attn.out_proj.weight"));

    @Override
    public Set<String> modelTypes() {
        return Set.of("minimax", "minimax_text_01", "minimax_m1");
    }

    @Override
    public Set<String> architectures() {
        return Set.of();
    }

    @Override
    public Description read(FolderConfig published, TensorSource tensors) {
        boolean ported = published.string("model_type").equals("minimax");
        FolderConfig config = (ported ? published.without("rotary_dim").without("partial_rotary_factor") : published)
                .defaults(DEFAULTS);
        config.expect("postnorm", true);
        config.expect("shared_intermediate_size", 0);
        IntPredicate full = full(config);
        IntFunction<AttentionSpec> softmax =
                Dense.attention(config, HALF_SPLIT, Dense.Attention.PLAIN, layer -> config.has("sliding_window"));
        FeedForwardSpec experts = new FeedForwardSpec.Experts(
                config.integer("num_local_experts"),
                config.integer("intermediate_size"),
                0,
                config.activation(),
                RouterSpec.softmax(config.integer("num_experts_per_tok"), true));
        DecoderSpec spec = Dense.decoder(
                config,
                "minimax",
                layer -> full.test(layer) ? softmax.apply(layer) : lightning(config, layer),
                layer -> experts);
        return new Description(spec.with(residual(config, full)), FOLDER);
    }

    private static AttentionSpec lightning(FolderConfig config, int layer) {
        if (config.activation() != Activation.SILU) {
            throw new ModelException(config.source() + ": hidden_act '" + config.string("hidden_act", "")
                    + "' is not supported in lightning attention; expected silu");
        }
        int heads = config.integer("num_attention_heads");
        int headDim = config.integer("head_dim", config.integer("hidden_size") / Math.max(heads, 1));
        double last = config.layers() - 1 + 1e-5;
        return new AttentionSpec.Lightning(heads, headDim, 1 - layer / last + 1e-5, STATE_NORM_EPS);
    }

    /** Which layers have softmax attention: by {@code layer_types}, or the publisher's {@code attn_type_list} (1), or every second one. */
    private static IntPredicate full(FolderConfig config) {
        List<@Nullable Object> numbers = config.list("attn_type_list");
        return layer -> {
            if (!config.has("layer_types") && !numbers.isEmpty()) {
                if (layer >= numbers.size() || !(numbers.get(layer) instanceof Long kind) || kind < 0 || kind > 1) {
                    throw new ModelException(config.source() + ": attn_type_list has no 0 or 1 for layer " + layer);
                }
                return kind == 1;
            }
            String type = config.layerType(layer, layer % 2 == 0 ? "full_attention" : "linear_attention");
            return switch (type) {
                case "full_attention" -> true;
                case "linear_attention" -> false;
                default ->
                    throw new ModelException(config.source() + ": layer_types says '" + type + "' for layer " + layer
                            + ", expected linear_attention or full_attention");
            };
        };
    }

    private static ResidualSpec residual(FolderConfig config, IntPredicate full) {
        ResidualSpec.Normed.Weights ofFull = weights(config, "full_attn", "full_attention");
        ResidualSpec.Normed.Weights ofLinear = weights(config, "linear_attn", "linear_attention");
        ResidualSpec.Normed.Weights ofExperts = weights(config, "mlp", "mlp");
        List<ResidualSpec.Normed.Weights> sites = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            sites.add(full.test(layer) ? ofFull : ofLinear);
            sites.add(ofExperts);
        }
        return new ResidualSpec.Normed(sites);
    }

    /** {@code <name>_alpha_factor}, or the publisher's {@code layernorm_<name>_alpha}; so for beta. */
    private static ResidualSpec.Normed.Weights weights(FolderConfig config, String name, String published) {
        double alpha = config.number("layernorm_" + published + "_alpha", 1);
        double beta = config.number("layernorm_" + published + "_beta", 1);
        return new ResidualSpec.Normed.Weights((float) config.number(name + "_alpha_factor", alpha), (float)
                config.number(name + "_beta_factor", beta));
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        throw new ModelException(config.source() + ": MiniMax-01 has no architecture of GGUF");
    }
}
