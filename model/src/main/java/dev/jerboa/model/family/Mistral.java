package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.HALF_SPLIT;
import static dev.jerboa.kernel.ops.RotaryTable.Layout.INTERLEAVED;

import dev.jerboa.model.decoder.AttentionSpec.QueryNorm;
import dev.jerboa.model.decoder.AttentionSpec.Scores;
import dev.jerboa.model.decoder.QueryScaling;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Map;
import java.util.Set;

/**
 * Mistral 7B, Nemo, Small and Ministral: Llama, with a sliding window on all layers, on those that layer_types names, or on none;
 * queries of Ministral 3 grow with the position. GGUF files of all but Ministral 3 are of Llama's architecture; its rows of queries
 * and keys are re-ordered as there.
 */
final class Mistral implements Family {
    @Override
    public Set<String> modelTypes() {
        return Set.of("mistral", "ministral", "ministral3");
    }

    @Override
    public Set<String> architectures() {
        return Set.of("mistral3");
    }

    /** What files leave out; of Ministral 3 with its own. */
    private static final Map<String, Object> DEFAULTS = Map.of("sliding_window", 4096L, "num_key_value_heads", 8L);

    private static final Map<String, Object> DEFAULTS_3 =
            Map.of("head_dim", 128L, "num_key_value_heads", 8L, "rms_norm_eps", 1e-5);

    private static final Map<String, Object> STRETCHED_3 = Map.of(
            "rope_type", "yarn",
            "rope_theta", 1e6,
            "factor", 16.0,
            "original_max_position_embeddings", 16_384L,
            "mscale", 1.0,
            "mscale_all_dim", 1.0,
            "llama_4_scaling_beta", 0.1);

    @Override
    public Description read(FolderConfig published, TensorSource tensors) {
        boolean third = published.string("model_type").equals("ministral3");
        FolderConfig config = published.defaults(third ? DEFAULTS_3 : DEFAULTS);
        if (third && !config.has("rope_parameters") && !config.has("rope_scaling")) {
            config = config.with("rope_parameters", STRETCHED_3);
        }
        return read(config);
    }

    private static Description read(FolderConfig config) {
        Dense.Attention kind = Dense.Attention.PLAIN.with(Scores.PLAIN.with(config.queryScaling()));
        return new Description(
                Dense.decoder(
                        config,
                        "mistral",
                        Dense.attention(config, HALF_SPLIT, kind, layer -> windowed(config, layer)),
                        layer -> Dense.feedForward(config)),
                Names.FOLDER);
    }

    /** The published code of Ministral 3 does not look at layer_types. */
    private static boolean windowed(FolderConfig config, int layer) {
        return config.has("sliding_window")
                && (config.string("model_type").equals("ministral3")
                        || config.layerType(layer, "sliding_attention").equals("sliding_attention"));
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        config.require("expert_count", 0);
        double beta = config.number("attention.temperature_scale", 0);
        QueryScaling growth =
                beta == 0 ? null : new QueryScaling(beta, config.number("rope.scaling.original_context_length"), 0);
        Dense.Attention kind = Dense.Attention.of(tensors, QueryNorm.NONE).with(Scores.PLAIN.with(growth));
        return new Description(
                Dense.decoder(
                        config,
                        tensors,
                        "mistral",
                        Dense.attention(config, tensors, INTERLEAVED, kind),
                        layer -> Dense.feedForward(config)),
                Names.GGUF,
                Names.FOLDER,
                true);
    }
}
