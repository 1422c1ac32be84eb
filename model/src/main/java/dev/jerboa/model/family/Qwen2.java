package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.HALF_SPLIT;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.decoder.UnitFunction;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Map;
import java.util.Set;

/**
 * Qwen2 and 2.5, and so the R1 distillates on them: Llama with biases on query, key and value. Their mixtures of experts have a
 * shared one, of which each position takes a share.
 */
final class Qwen2 implements Family {
    private static final Dense.Attention BIASED = new Dense.Attention(true, false, false);

    @Override
    public Set<String> modelTypes() {
        return Set.of("qwen2", "qwen2_moe");
    }

    @Override
    public Set<String> architectures() {
        return Set.of("qwen2", "qwen2moe");
    }

    @Override
    public Description read(FolderConfig published, TensorSource tensors) {
        String type = published.string("model_type");
        boolean sparse = type.equals("qwen2_moe");
        FolderConfig config = published.defaults(Map.of("sliding_window", 4096L));
        Dense.Attention kind = !sparse || config.flag("qkv_bias", true) ? BIASED : Dense.Attention.PLAIN;
        return new Description(
                Dense.decoder(
                        config,
                        type,
                        Dense.attention(config, HALF_SPLIT, kind, layer -> windowed(config, layer, sparse)),
                        layer -> sparse && Qwen3.sparse(config, layer) ? experts(config) : Dense.feedForward(config)),
                Names.FOLDER.with(Names.SHARED_EXPERT));
    }

    private static FeedForwardSpec experts(FolderConfig config) {
        return new FeedForwardSpec.Experts(
                config.integer("num_experts"),
                config.integer("moe_intermediate_size"),
                config.integer("shared_expert_intermediate_size"),
                UnitFunction.of(config.activation()),
                RouterSpec.softmax(config.integer("num_experts_per_tok"), config.flag("norm_topk_prob", false)),
                FeedForwardSpec.Form.sharedByShare());
    }

    /**
     * Where a window is in use at all, layers from max_window_layers on have it, or those that layer_types names.
     *
     * @param sparse whether, without layer_types, it is every other layer before max_window_layers instead, as the published code of
     *     the mixtures has it
     */
    static boolean windowed(FolderConfig config, int layer, boolean sparse) {
        int bound = config.integer("max_window_layers", 28);
        boolean narrow = sparse ? layer < bound && layer % 2 == 0 : layer >= bound;
        String byIndex = narrow ? "sliding_attention" : "full_attention";
        return config.flag("use_sliding_window", false)
                && config.has("sliding_window")
                && config.layerType(layer, byIndex).equals("sliding_attention");
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        boolean sparse = config.architecture().equals("qwen2moe");
        FeedForwardSpec feedForward = sparse ? experts(config) : Dense.feedForward(config);
        return new Description(
                Dense.decoder(
                        config,
                        tensors,
                        sparse ? "qwen2_moe" : "qwen2",
                        Dense.attention(config, tensors, HALF_SPLIT, BIASED),
                        layer -> feedForward),
                Names.GGUF,
                Names.FOLDER.with(Names.SHARED_EXPERT));
    }

    private static FeedForwardSpec experts(GgufConfig config) {
        return new FeedForwardSpec.Experts(
                config.integer("expert_count"),
                config.integer("expert_feed_forward_length"),
                config.integer("expert_shared_feed_forward_length"),
                UnitFunction.of(Activation.SILU),
                RouterSpec.softmax(config.integer("expert_used_count"), config.flag("expert_weights_norm", false)),
                FeedForwardSpec.Form.sharedByShare());
    }
}
