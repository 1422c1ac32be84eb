package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.HALF_SPLIT;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Set;

/** Mistral 7B, Nemo, Small: Llama, with a sliding window on all layers, on those that layer_types names, or on none. */
final class Mistral implements Family {
    @Override
    public Set<String> modelTypes() {
        return Set.of("mistral", "ministral");
    }

    @Override
    public Set<String> architectures() {
        return Set.of();
    }

    @Override
    public Description read(FolderConfig config, TensorSource tensors) {
        return new Description(
                Dense.decoder(
                        config,
                        "mistral",
                        Dense.attention(config, HALF_SPLIT, Dense.Attention.PLAIN, layer -> windowed(config, layer)),
                        layer -> Dense.feedForward(config)),
                Names.FOLDER);
    }

    static boolean windowed(FolderConfig config, int layer) {
        return config.has("sliding_window")
                && config.layerType(layer, "sliding_attention").equals("sliding_attention");
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        throw new ModelException(config.source() + ": GGUF files of Mistral have the architecture 'llama'");
    }
}
