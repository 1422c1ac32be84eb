package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.INTERLEAVED;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.AttentionSpec.QueryNorm;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.RouterSpec.Score;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.decoder.UnitFunction;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Map;
import java.util.Set;

/**
 * ERNIE 4.5: Llama with an interleaved rotation; its mixtures choose by softmax and a selection bias. Layers of multi-token
 * prediction are left alone.
 */
final class Ernie implements Family {
    static final float LEAST_SUM = 1e-12f;

    /** Shared experts where there are some and files do not say how many. */
    private static final int SHARED = 2;

    private static final TensorNames FOLDER =
            Names.FOLDER.with(Map.of(Slot.ROUTER_BIAS, "model.layers.{l}.mlp.moe_statics.e_score_correction_bias"));

    /** What files leave out. */
    private static final Map<String, Object> DEFAULTS = Map.of(
            "tie_word_embeddings", true, "rms_norm_eps", 1e-5, "rope_theta", 5e5, "moe_k", 6L, "moe_num_experts", 64L);

    @Override
    public Set<String> modelTypes() {
        return Set.of("ernie4_5", "ernie4_5_moe");
    }

    @Override
    public Set<String> architectures() {
        return Set.of("ernie4_5", "ernie4_5-moe");
    }

    @Override
    public Description read(FolderConfig published, TensorSource tensors) {
        String type = published.string("model_type");
        boolean sparse = type.equals("ernie4_5_moe");
        FolderConfig filled = published.defaults(DEFAULTS);
        FolderConfig config = sparse ? filled : filled.defaults(Map.of("head_dim", 128L));
        boolean bias = config.flag("use_bias", false);
        if (tensors.has("lm_head.bias")) {
            throw new ModelException(
                    config.source() + ": use_bias is true and the head has a bias (lm_head.bias), which Jerboa"
                            + " does not run; expected a head without one");
        }
        FeedForwardSpec dense = Dense.feedForward(config, bias);
        int first = config.integer("moe_layer_start_index", 1);
        int end = config.integer("moe_layer_end_index", -1);
        int last = end < 0 ? config.layers() - 1 : end;
        int every = Math.max(1, config.integer("moe_layer_interval", 1));
        FeedForwardSpec experts = sparse ? experts(config, tensors, bias, first) : dense;
        return new Description(
                Dense.decoder(
                        config,
                        type,
                        Dense.attention(config, INTERLEAVED, new Dense.Attention(bias, bias, false), layer -> false),
                        layer -> layer >= first && layer <= last && (layer + 1) % every == 0 ? experts : dense),
                FOLDER);
    }

    private static FeedForwardSpec experts(FolderConfig config, TensorSource tensors, boolean bias, int layer) {
        int width = config.integer("moe_intermediate_size");
        String unit = "model.layers." + layer + ".mlp.";
        int otherwise = tensors.has(unit + "shared_experts.gate_proj.weight") ? SHARED : 0;
        int shared = Math.multiplyExact(config.integer("moe_num_shared_experts", otherwise), width);
        FeedForwardSpec.Form form = new FeedForwardSpec.Form(
                false,
                bias && tensors.has(unit + "experts.0.gate_proj.bias"),
                bias && tensors.has(unit + "shared_experts.gate_proj.bias"),
                false,
                false,
                1);
        return new FeedForwardSpec.Experts(
                config.integer("moe_num_experts"),
                width,
                shared,
                UnitFunction.of(config.activation()),
                router(config.integer("moe_k"), (float) config.number("moe_norm_min", LEAST_SUM), true),
                form);
    }

    private static RouterSpec router(int perToken, float floor, boolean bias) {
        return RouterSpec.of(Score.SOFTMAX, perToken)
                .withBias(bias)
                .withNormalised(true)
                .withFloor(floor);
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        boolean sparse = config.architecture().equals("ernie4_5-moe");
        FeedForwardSpec dense = Dense.feedForward(config);
        int first = config.integer("leading_dense_block_count", 0);
        int every = Math.max(1, config.integer("interleave_moe_layer_step", 1));
        FeedForwardSpec experts = sparse ? experts(config, tensors, first) : dense;
        return new Description(
                Dense.decoder(
                        config,
                        tensors,
                        sparse ? "ernie4_5_moe" : "ernie4_5",
                        Dense.attention(config, tensors, INTERLEAVED, Dense.Attention.of(tensors, QueryNorm.NONE)),
                        layer -> layer >= first && (layer + 1) % every == 0 ? experts : dense),
                Names.GGUF,
                FOLDER);
    }

    private static FeedForwardSpec experts(GgufConfig config, TensorSource tensors, int layer) {
        int width = config.integer("expert_feed_forward_length");
        int shared = config.integer(
                "expert_shared_feed_forward_length",
                Math.multiplyExact(config.integer("expert_shared_count", 0), width));
        return new FeedForwardSpec.Experts(
                config.integer("expert_count"),
                width,
                tensors.has("blk." + layer + ".ffn_gate_shexp.weight") ? shared : 0,
                Activation.SILU,
                router(
                        config.integer("expert_used_count"),
                        LEAST_SUM,
                        tensors.has("blk." + layer + ".exp_probs_b.bias")));
    }
}
