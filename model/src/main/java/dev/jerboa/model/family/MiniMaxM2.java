package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.HALF_SPLIT;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.model.decoder.AttentionSpec.QueryNorm;
import dev.jerboa.model.decoder.AttentionSpec.Scores;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Map;
import java.util.Set;

/** MiniMax-M2: queries and keys normed over all heads together, a part of each head rotated, experts in every layer. */
final class MiniMaxM2 implements Family {
    private static final TensorNames FOLDER =
            Mixtral.FOLDER.with(Map.of(Slot.ROUTER_BIAS, "model.layers.{l}.block_sparse_moe.e_score_correction_bias"));

    /** What files leave out. */
    private static final Map<String, Object> DEFAULTS = Map.of(
            "head_dim", 128L,
            "num_key_value_heads", 8L,
            "rope_theta", 5e6,
            "num_local_experts", 256L,
            "num_experts_per_tok", 8L);

    @Override
    public Set<String> modelTypes() {
        return Set.of("minimax_m2");
    }

    @Override
    public Set<String> architectures() {
        return Set.of("minimax-m2");
    }

    @Override
    public Description read(FolderConfig published, TensorSource tensors) {
        FolderConfig config = published.defaults(DEFAULTS);
        config.expect("qk_norm_type", "per_layer");
        config.expect("shared_intermediate_size", 0L);
        config.expectAll("attn_type_list", 1L);
        Dense.Attention kind = new Dense.Attention(false, false, QueryNorm.WHOLE, Scores.PLAIN);
        FeedForwardSpec experts = new FeedForwardSpec.Experts(
                config.integer("num_local_experts"),
                config.integer("intermediate_size"),
                0,
                config.activation(),
                RouterSpec.of(config.score("sigmoid"), config.integer("num_experts_per_tok"))
                        .withBias(tensors.has("model.layers.0.block_sparse_moe.e_score_correction_bias"))
                        .withNormalised(true));
        return new Description(
                Dense.decoder(
                        config,
                        "minimax_m2",
                        Dense.attention(config, HALF_SPLIT, kind, layer -> false),
                        layer -> experts),
                FOLDER);
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        FeedForwardSpec experts = new FeedForwardSpec.Experts(
                config.integer("expert_count"),
                config.integer("expert_feed_forward_length"),
                0,
                Activation.SILU,
                config.router(tensors.has("blk.0.exp_probs_b.bias"), 2, true));
        return new Description(
                Dense.decoder(
                        config,
                        tensors,
                        "minimax_m2",
                        Dense.attention(config, tensors, HALF_SPLIT, Dense.Attention.of(tensors, QueryNorm.WHOLE)),
                        layer -> experts),
                Names.GGUF,
                FOLDER);
    }
}
