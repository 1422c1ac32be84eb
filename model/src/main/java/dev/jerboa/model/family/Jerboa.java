package dev.jerboa.model.family;

import static dev.jerboa.kernel.ops.RotaryTable.Layout.HALF_SPLIT;

import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.gguf.PackedFolder;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.tensor.TensorSource;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * Models that Jerboa trains, where no published family has their mixture of parts. Keys and tensor names are DeepSeek-V3's:
 * latent attention where {@code kv_lora_rank} is given, otherwise Llama's attention with its keys; experts where {@code
 * n_routed_experts} is, otherwise gated units; hyper-connections where {@code hc_mult} is ({@link FolderConfig#residual}).
 * As GGUF they are {@linkplain PackedFolder packed folders}, of whatever {@code model_type}.
 */
final class Jerboa implements Family {
    @Override
    public Set<String> modelTypes() {
        return Set.of("jerboa");
    }

    @Override
    public Set<String> architectures() {
        return Set.of(PackedFolder.ARCHITECTURE);
    }

    @Override
    public Description read(FolderConfig config, TensorSource tensors) {
        return new Description(
                Dense.decoder(config, "jerboa", attention(config), DeepSeek.feedForward(config, DeepSeek::thirdRouter)),
                Names.FOLDER);
    }

    private static IntFunction<AttentionSpec> attention(FolderConfig config) {
        if (config.has("kv_lora_rank")) {
            AttentionSpec latent = DeepSeek.attention(config);
            return layer -> latent;
        }
        boolean bias = config.flag("attention_bias", false);
        return Dense.attention(config, HALF_SPLIT, new Dense.Attention(bias, bias, false), layer -> false);
    }

    /** A packed folder: its config.json is a key, its tensors have the folder's names. */
    @Override
    public Description read(GgufConfig config, TensorSource tensors) {
        String source = config.source() + ": key " + PackedFolder.CONFIG;
        String json = config.metadata().string(PackedFolder.CONFIG);
        return Families.ofFolder(Json.asObject(Json.parse(json, source), source), source, tensors);
    }
}
