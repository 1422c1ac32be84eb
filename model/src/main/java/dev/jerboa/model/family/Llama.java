package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.HALF_SPLIT;
import static dev.jerboa.kernel.ops.RotaryTable.Layout.INTERLEAVED;

import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Set;

/**
 * Llama 2 and 3.x. GGUF files of this architecture have their query and key rows re-ordered, so that the rotation is
 * interleaved; Mistral and Mixtral are of the same architecture there.
 */
final class Llama implements Family {
    @Override
    public Set<String> modelTypes() {
        return Set.of("llama");
    }

    @Override
    public Set<String> architectures() {
        return Set.of("llama");
    }

    @Override
    public Description read(FolderConfig config, TensorSource tensors) {
        boolean bias = config.flag("attention_bias", false);
        boolean unitBias = config.flag("mlp_bias", false);
        return new Description(
                Dense.decoder(
                        config,
                        "llama",
                        Dense.attention(config, HALF_SPLIT, new Dense.Attention(bias, bias, false), layer -> false),
                        layer -> Dense.feedForward(config, unitBias)),
                Names.FOLDER);
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        Dense.Attention kind =
                new Dense.Attention(tensors.has("blk.0.attn_q.bias"), tensors.has("blk.0.attn_output.bias"), false);
        FeedForwardSpec feedForward =
                config.integer("expert_count", 0) > 0 ? Mixtral.experts(config) : Dense.feedForward(config);
        boolean experts = config.has("expert_count");
        return new Description(
                Dense.decoder(
                        config,
                        tensors,
                        experts ? "mixtral" : "llama",
                        Dense.attention(config, tensors, INTERLEAVED, kind),
                        layer -> feedForward),
                Names.GGUF,
                experts ? Mixtral.FOLDER : Names.FOLDER,
                true);
    }
}
