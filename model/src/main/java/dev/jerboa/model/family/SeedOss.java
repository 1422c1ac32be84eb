package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.HALF_SPLIT;

import dev.jerboa.model.decoder.AttentionSpec.QueryNorm;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Map;
import java.util.Set;

/** Seed-OSS: Llama with biases on query, key and value. */
final class SeedOss implements Family {
    @Override
    public Set<String> modelTypes() {
        return Set.of("seed_oss");
    }

    @Override
    public Set<String> architectures() {
        return Set.of("seed_oss");
    }

    @Override
    public Description read(FolderConfig published, TensorSource tensors) {
        FolderConfig config = published.defaults(Map.of("head_dim", 128L));
        Dense.Attention kind = new Dense.Attention(
                config.flag("attention_bias", true), config.flag("attention_out_bias", false), false);
        boolean bias = config.flag("mlp_bias", false);
        return new Description(
                Dense.decoder(
                        config,
                        "seed_oss",
                        Dense.attention(config, HALF_SPLIT, kind, layer -> false),
                        layer -> Dense.feedForward(config, bias)),
                Names.FOLDER);
    }

    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        return new Description(
                Dense.decoder(
                        config,
                        tensors,
                        "seed_oss",
                        Dense.attention(config, tensors, HALF_SPLIT, Dense.Attention.of(tensors, QueryNorm.NONE)),
                        layer -> Dense.feedForward(config)),
                Names.GGUF_POST_ATTENTION_NORM,
                Names.FOLDER);
    }
}
