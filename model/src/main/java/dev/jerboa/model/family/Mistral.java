package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.HALF_SPLIT;
import static dev.jerboa.kernel.ops.RotaryTable.Layout.INTERLEAVED;

import dev.jerboa.model.decoder.AttentionSpec.QueryNorm;
import dev.jerboa.model.decoder.AttentionSpec.Scores;
import dev.jerboa.model.decoder.QueryScaling;
import dev.jerboa.model.tensor.TensorSource;
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

    @Override
    public Description read(FolderConfig config, TensorSource tensors) {
        Dense.Attention kind = Dense.Attention.PLAIN.with(Scores.PLAIN.with(config.queryScaling()));
        return new Description(
                Dense.decoder(
                        config,
                        "mistral",
                        Dense.attention(config, HALF_SPLIT, kind, layer -> windowed(config, layer)),
                        layer -> Dense.feedForward(config)),
                Names.FOLDER);
    }

    static boolean windowed(FolderConfig config, int layer) {
        return config.has("sliding_window")
                && config.layerType(layer, "sliding_attention").equals("sliding_attention");
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
