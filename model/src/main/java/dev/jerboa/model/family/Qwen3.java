package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.HALF_SPLIT;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.model.decoder.FeedForwardSpec;
import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.tensor.TensorSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Qwen3 dense and mixture of experts: queries and keys normed per head. */
final class Qwen3 implements Family {
    @Override
    public Set<String> modelTypes() {
        return Set.of("qwen3", "qwen3_moe");
    }

    @Override
    public Set<String> architectures() {
        return Set.of("qwen3", "qwen3moe");
    }

    @Override
    public Description read(FolderConfig published, TensorSource tensors) {
        String type = published.string("model_type");
        boolean mixture = type.equals("qwen3_moe");
        FolderConfig config = published.defaults(
                mixture ? Map.of("sliding_window", 4096L) : Map.of("sliding_window", 4096L, "head_dim", 128L));
        boolean bias = config.flag("attention_bias", false);
        return new Description(
                Dense.decoder(
                        config,
                        type,
                        Dense.attention(
                                config,
                                HALF_SPLIT,
                                new Dense.Attention(bias, bias, true),
                                layer -> mixture ? windowed(config) : Qwen2.windowed(config, layer, false)),
                        layer -> mixture && sparse(config, layer) ? experts(config) : Dense.feedForward(config)),
                Names.FOLDER);
    }

    /** Whether the layers of a mixture see a window: all of them or none. */
    private static boolean windowed(FolderConfig config) {
        return config.flag("use_sliding_window", false) && config.has("sliding_window");
    }

    /** Whether a layer has experts, of a model that has some. */
    static boolean sparse(FolderConfig config, int layer) {
        List<@Nullable Object> dense = config.has("mlp_only_layers")
                ? Json.asList(config.values().get("mlp_only_layers"), config.source() + ": mlp_only_layers")
                : List.of();
        int step = Math.max(1, config.integer("decoder_sparse_step", 1));
        return !dense.contains((long) layer) && (layer + 1) % step == 0;
    }

    private static FeedForwardSpec experts(FolderConfig config) {
        return new FeedForwardSpec.Experts(
                config.has("num_experts") ? config.integer("num_experts") : config.integer("num_local_experts"),
                config.integer("moe_intermediate_size"),
                0,
                config.activation(),
                RouterSpec.softmax(config.integer("num_experts_per_tok"), config.flag("norm_topk_prob", false)));
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        boolean sparse = config.architecture().equals("qwen3moe");
        FeedForwardSpec feedForward = sparse
                ? new FeedForwardSpec.Experts(
                        config.integer("expert_count"),
                        config.integer("expert_feed_forward_length"),
                        0,
                        Activation.SILU,
                        RouterSpec.softmax(
                                config.integer("expert_used_count"), config.flag("expert_weights_norm", true)))
                : Dense.feedForward(config);
        Dense.Attention kind =
                new Dense.Attention(tensors.has("blk.0.attn_q.bias"), tensors.has("blk.0.attn_output.bias"), true);
        return new Description(
                Dense.decoder(
                        config,
                        tensors,
                        sparse ? "qwen3_moe" : "qwen3",
                        Dense.attention(config, tensors, HALF_SPLIT, kind),
                        layer -> feedForward),
                Names.GGUF,
                Names.FOLDER);
    }
}
