package dev.jerboa.model.family;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.Slot;
import dev.jerboa.model.decoder.TensorNames;
import dev.jerboa.model.gguf.Metadata;
import dev.jerboa.model.tensor.TensorSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The families that Jerboa knows. */
public final class Families {
    private static final List<Family> ALL = List.of(
            new Llama(),
            new Llama4(),
            new Mistral(),
            new Mixtral(),
            new Qwen2(),
            new Qwen3(),
            new Qwen3Next(),
            new MiniMax(),
            new KimiLinear(),
            new Glm5Next(),
            new MiniMaxM2(),
            new DeepSeek(),
            new DeepSeekSparse(),
            new Mistral4(),
            new MiniMaxM3(),
            new DeepSeekFour(),
            new Glm(),
            new SeedOss(),
            new Ernie(),
            new GptOss(),
            new Grok(),
            new Jerboa());

    private Families() {}

    /**
     * Describes a Hugging Face folder by its parsed config.json; {@code source} names it in messages. A folder that does not say its
     * {@code model_type} is read as {@code deepseek_v3} if it has {@code kv_lora_rank}.
     */
    public static Description ofFolder(Map<String, @Nullable Object> json, String source, TensorSource tensors) {
        FolderConfig config = typed(FolderConfig.of(json, source));
        String type = config.string("model_type");
        for (Family family : ALL) {
            if (family.modelTypes().contains(type)) {
                return headed(family.read(config, tensors), tensors);
            }
        }
        throw new ModelException(
                source + ": model_type '" + type + "' is not a family Jerboa runs; it runs " + modelTypes());
    }

    /** A head that a folder has counts, even where its configuration ties the head to the embedding: such configurations are wrong. */
    private static Description headed(Description description, TensorSource tensors) {
        DecoderSpec spec = description.spec();
        TensorNames names = description.names();
        boolean wrong = spec.tiedHead() && names.has(Slot.HEAD) && tensors.has(names.name(Slot.HEAD, 0));
        return wrong ? description.with(spec.withHead(false)) : description;
    }

    /**
     * What the folder that {@link #ofFolder} described is as GGUF.
     *
     * @throws ModelException where GGUF has no architecture for it, or cannot say what its configuration says
     */
    public static GgufForm ggufForm(Map<String, @Nullable Object> json, String source, Description description) {
        return GgufForms.of(typed(FolderConfig.of(json, source)), description.spec());
    }

    /**
     * The config.json, in published form, of the GGUF file that {@link #ofGguf} described.
     *
     * @throws ModelException where there is no folder's form for it
     */
    public static Map<String, @Nullable Object> folderConfig(
            Metadata metadata, String source, Description description) {
        return FolderForms.config(new GgufConfig(metadata, source), description.spec());
    }

    private static FolderConfig typed(FolderConfig config) {
        if (config.has("model_type")) {
            return config;
        }
        if (config.has("kv_lora_rank")) {
            return config.with("model_type", "deepseek_v3");
        }
        throw new ModelException(config.source()
                + ": key model_type is missing, and the family cannot be told from the others (kv_lora_rank would mean"
                + " deepseek_v3); add one of " + modelTypes());
    }

    private static Set<String> modelTypes() {
        Set<String> known = new TreeSet<>();
        ALL.forEach(family -> known.addAll(family.modelTypes()));
        return known;
    }

    /** Describes a GGUF file by its metadata; {@code source} names it in messages. */
    public static Description ofGguf(Metadata metadata, String source, TensorSource tensors) {
        GgufConfig config = new GgufConfig(metadata, source);
        String architecture = config.architecture();
        for (Family family : ALL) {
            if (family.architectures().contains(architecture)) {
                return family.read(config, tensors);
            }
        }
        TreeSet<String> known = new TreeSet<>();
        ALL.forEach(family -> known.addAll(family.architectures()));
        throw new ModelException(
                source + ": architecture '" + architecture + "' is not a family Jerboa runs; it runs " + known);
    }
}
