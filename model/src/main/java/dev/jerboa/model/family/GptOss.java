package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.HALF_SPLIT;

import dev.jerboa.model.decoder.AttentionSpec.QueryNorm;
import dev.jerboa.model.decoder.AttentionSpec.Scores;
import dev.jerboa.model.decoder.ExpertLayout;
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
 * gpt-oss: every other layer sees a window, each query head has a sink, everything but the norms has biases, and gated units are
 * bounded. Experts are stacked, gate and up alternating; as published, in MXFP4.
 */
final class GptOss implements Family {
    private static final Scores SCORES = new Scores(0, 0, true, null);

    /** The published slope and bound of gated units; no file says the slope. */
    private static final float SLOPE = 1.702f;

    private static final float LIMIT = 7;

    private static final TensorNames FOLDER = Names.FOLDER
            .without(Slot.EXPERT_GATE, Slot.EXPERT_UP, Slot.EXPERT_DOWN)
            .with(Map.of(Slot.ROUTER, "model.layers.{l}.mlp.router.weight"))
            .with(new ExpertLayout(true, true));

    /** What files leave out. */
    private static final Map<String, Object> DEFAULTS = Map.of(
            "head_dim", 64L,
            "num_key_value_heads", 8L,
            "sliding_window", 128L,
            "rms_norm_eps", 1e-5,
            "rope_theta", 150_000L,
            "num_local_experts", 128L);

    @Override
    public Set<String> modelTypes() {
        return Set.of("gpt_oss");
    }

    @Override
    public Set<String> architectures() {
        return Set.of("gpt-oss");
    }

    @Override
    public Description read(FolderConfig published, TensorSource tensors) {
        FolderConfig stretched = published.has("rope_parameters") || published.has("rope_scaling")
                ? published
                : published.with(
                        "rope_scaling",
                        Map.of(
                                "rope_type",
                                "yarn",
                                "factor",
                                32.0,
                                "original_max_position_embeddings",
                                4096L,
                                "truncate",
                                false));
        FolderConfig config = stretched.defaults(DEFAULTS);
        config.expect("swiglu_limit", LIMIT);
        config.expect("hidden_act", "silu");
        boolean bias = config.flag("attention_bias", true);
        Dense.Attention kind = new Dense.Attention(bias, bias, false).with(SCORES);
        FeedForwardSpec experts = experts(
                config.integer("num_local_experts"),
                config.integer("intermediate_size"),
                config.has("num_experts_per_tok")
                        ? config.integer("num_experts_per_tok")
                        : config.integer("experts_per_token"));
        return new Description(
                Dense.decoder(
                        config,
                        "gpt_oss",
                        Dense.attention(
                                config,
                                HALF_SPLIT,
                                kind,
                                layer -> config.layerType(
                                                layer, windowed(layer) ? "sliding_attention" : "full_attention")
                                        .equals("sliding_attention")),
                        layer -> experts),
                FOLDER);
    }

    static boolean windowed(int layer) {
        return layer % 2 == 0;
    }

    private static FeedForwardSpec experts(int experts, int width, int perToken) {
        return new FeedForwardSpec.Experts(
                experts,
                width,
                0,
                UnitFunction.sloped(SLOPE, LIMIT),
                RouterSpec.of(Score.SOFTMAX_OF_CHOSEN, perToken),
                new FeedForwardSpec.Form(true, true, false, false, false, 1));
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        Dense.Attention kind = Dense.Attention.of(tensors, QueryNorm.NONE).with(SCORES);
        FeedForwardSpec experts = experts(
                config.integer("expert_count"),
                config.integer("expert_feed_forward_length"),
                config.integer("expert_used_count"));
        return new Description(
                Dense.decoder(
                        config,
                        tensors,
                        "gpt_oss",
                        Dense.attention(config, tensors, HALF_SPLIT, kind, GptOss::windowed),
                        layer -> experts),
                Names.GGUF_POST_ATTENTION_NORM,
                FOLDER);
    }
}
