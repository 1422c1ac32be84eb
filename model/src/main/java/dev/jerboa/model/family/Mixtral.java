package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.HALF_SPLIT;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Map;
import java.util.Set;

/** Mixtral: Mistral with a mixture of experts, softmax scores of the chosen normalised. */
final class Mixtral implements Family {
    static final TensorNames FOLDER = Names.FOLDER.with(Map.of(
            Slot.ROUTER, "model.layers.{l}.block_sparse_moe.gate.weight",
            Slot.EXPERT_GATE, "model.layers.{l}.block_sparse_moe.experts.{e}.w1.weight",
            Slot.EXPERT_DOWN, "model.layers.{l}.block_sparse_moe.experts.{e}.w2.weight",
            Slot.EXPERT_UP, "model.layers.{l}.block_sparse_moe.experts.{e}.w3.weight"));

    @Override
    public Set<String> modelTypes() {
        return Set.of("mixtral");
    }

    @Override
    public Set<String> architectures() {
        return Set.of();
    }

    /** What files leave out. */
    private static final Map<String, Object> DEFAULTS = Map.of(
            "num_key_value_heads", 8L,
            "rms_norm_eps", 1e-5,
            "rope_theta", 1e6,
            "num_local_experts", 8L,
            "num_experts_per_tok", 2L);

    @Override
    public Description read(FolderConfig published, TensorSource tensors) {
        FolderConfig config = published.defaults(DEFAULTS);
        FeedForwardSpec experts = new FeedForwardSpec.Experts(
                config.integer("num_local_experts"),
                config.integer("intermediate_size"),
                0,
                config.activation(),
                RouterSpec.softmax(config.integer("num_experts_per_tok"), true));
        return new Description(
                Dense.decoder(
                        config,
                        "mixtral",
                        Dense.attention(
                                config, HALF_SPLIT, Dense.Attention.PLAIN, layer -> config.has("sliding_window")),
                        layer -> experts),
                FOLDER);
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        throw new ModelException(config.source() + ": GGUF files of Mixtral have the architecture 'llama'");
    }

    /** The experts of a GGUF file of architecture llama. */
    static FeedForwardSpec experts(GgufConfig config) {
        return new FeedForwardSpec.Experts(
                config.integer("expert_count"),
                config.integer("expert_feed_forward_length", config.integer("feed_forward_length")),
                0,
                Activation.SILU,
                RouterSpec.softmax(config.integer("expert_used_count"), true));
    }
}
