package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.HALF_SPLIT;

import dev.jerboa.model.tensor.TensorSource;
import java.util.Set;

/** Qwen2 and 2.5, and so the R1 distillates on them: Llama with biases on query, key and value. */
final class Qwen2 implements Family {
    private static final Dense.Attention BIASED = new Dense.Attention(true, false, false);

    @Override
    public Set<String> modelTypes() {
        return Set.of("qwen2");
    }

    @Override
    public Set<String> architectures() {
        return Set.of("qwen2");
    }

    @Override
    public Description read(FolderConfig config, TensorSource tensors) {
        return new Description(
                Dense.decoder(
                        config,
                        "qwen2",
                        Dense.attention(config, HALF_SPLIT, BIASED, layer -> windowed(config, layer)),
                        layer -> Dense.feedForward(config)),
                Names.FOLDER);
    }

    /** Where a window is in use at all, layers from max_window_layers on have it, or those that layer_types names. */
    static boolean windowed(FolderConfig config, int layer) {
        String byIndex = layer >= config.integer("max_window_layers", 28) ? "sliding_attention" : "full_attention";
        return config.flag("use_sliding_window", false)
                && config.has("sliding_window")
                && config.layerType(layer, byIndex).equals("sliding_attention");
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        return new Description(
                Dense.decoder(
                        config,
                        tensors,
                        "qwen2",
                        Dense.attention(config, tensors, HALF_SPLIT, BIASED),
                        layer -> Dense.feedForward(config)),
                Names.GGUF,
                Names.FOLDER);
    }
}
