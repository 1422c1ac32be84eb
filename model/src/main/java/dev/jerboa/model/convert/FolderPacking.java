package dev.jerboa.model.convert;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.checkpoint.GenerationDefaults;
import dev.jerboa.model.gguf.GgufWriter;
import dev.jerboa.model.gguf.PackedFolder;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorBody;
import dev.jerboa.model.token.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Packs the folder of a model that Jerboa trained into one file ({@link PackedFolder}), its matrices in another type. Vectors,
 * routers and the maps of hyper-connections stay float32. A layer that predicts ahead shares embedding and head with the model;
 * where the folder holds them twice, as DeepSeek-V3's does, the file holds them once.
 *
 * <pre>
 * config.json, tokenizer.json, chat template → keys
 * each tensor → type by the mix → encoded when its turn comes
 * </pre>
 */
public final class FolderPacking {
    private static final String EMBEDDING = "model.embed_tokens.weight";
    private static final String HEAD = "lm_head.weight";

    private FolderPacking() {}

    /**
     * Writes the file; one that is there already is replaced when the new one is complete.
     *
     * @param name the model's name, for people
     * @throws ModelException where the folder is no model that Jerboa runs, or has no tokenizer.json
     */
    public static void write(Path folder, TypeMix mix, String name, Path file) {
        if (!Files.isDirectory(folder)) {
            throw new ModelException(folder + ": expected a folder with config.json, tokenizer.json and *.safetensors");
        }
        Path config = folder.resolve("config.json");
        Path tokenizer = folder.resolve("tokenizer.json");
        if (!Files.isRegularFile(tokenizer)) {
            throw new ModelException(tokenizer + ": no such file; a packed model carries its tokenizer");
        }
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            GgufWriter writer = new GgufWriter()
                    .string("general.architecture", PackedFolder.ARCHITECTURE)
                    .string("general.name", name)
                    .uint32("general.file_type", mix.fileType())
                    .uint32("general.quantization_version", 2)
                    .string(PackedFolder.CONFIG, text(config))
                    .string(PackedFolder.TOKENIZER, text(tokenizer));
            checkpoint.chatTemplate().ifPresent(template -> writer.string("tokenizer.chat_template", template));
            roles(writer, checkpoint);
            sampling(writer, checkpoint.generationDefaults());
            for (StoredTensor tensor : checkpoint.tensors().tensors()) {
                if (repeated(tensor, checkpoint)) {
                    continue;
                }
                String tensorName = unwrapped(tensor.name());
                DType type = type(tensor, tensorName, mix, checkpoint);
                writer.tensor(tensorName, type, tensor.shape(), body(tensor, type));
            }
            writer.write(file);
        }
    }

    private static void roles(GgufWriter writer, Checkpoint checkpoint) {
        Tokenizer tokenizer = checkpoint.tokenizer().orElseThrow();
        int[] ends = checkpoint.generationDefaults().endTokens();
        int end = ends.length > 0
                ? ends[0]
                : tokenizer.stops().length > 0 ? tokenizer.stops()[0] : -1;
        if (end >= 0) {
            writer.uint32("tokenizer.ggml.eos_token_id", end);
        }
        writer.flag("tokenizer.ggml.add_bos_token", tokenizer.prefix().length > 0);
        if (tokenizer.prefix().length > 0) {
            writer.uint32("tokenizer.ggml.bos_token_id", tokenizer.prefix()[0]);
        }
    }

    private static void sampling(GgufWriter writer, GenerationDefaults defaults) {
        Float temperature = defaults.temperature();
        if (defaults.sample() && temperature != null) {
            writer.float32("general.sampling.temp", temperature);
        }
    }

    /** Whether a tensor is the embedding or the head once more, for the layer that predicts ahead. */
    private static boolean repeated(StoredTensor tensor, Checkpoint checkpoint) {
        String of;
        if (tensor.name().endsWith(".shared_head.head.weight")
                && !checkpoint.spec().tiedHead()) {
            of = HEAD;
        } else if (tensor.name().endsWith(".shared_head.head.weight")
                || tensor.name().matches("model\\.layers\\.\\d+\\.embed_tokens\\.weight")) {
            of = EMBEDDING;
        } else {
            return false;
        }
        return checkpoint.tensors().tensor(of).data().mismatch(tensor.data()) < 0;
    }

    /** The name that a text tensor of a multimodal folder has in a text-only one; GGUF's names are short. */
    private static String unwrapped(String name) {
        return name.replaceFirst("^model\\.language_model\\.", "model.").replaceFirst("^language_model\\.", "");
    }

    private static DType type(StoredTensor tensor, String name, TypeMix mix, Checkpoint checkpoint) {
        if (tensor.type() == DType.I32 || tensor.type() == DType.I64) {
            return tensor.type(); // a table of numbers, such as the experts of tokens
        }
        boolean router = name.endsWith("mlp.gate.weight") || name.endsWith("ffn.gate.weight");
        if (router || name.contains("hc_") || name.endsWith(".ape")) {
            return DType.F32;
        }
        boolean head =
                name.equals(HEAD) || name.equals(EMBEDDING) && checkpoint.spec().tiedHead();
        TypeMix.Model model = new TypeMix.Model(checkpoint.spec().layers().size(), 1, 0, false);
        String weight = name.endsWith("weight") ? name : name + ".weight"; // stacks of experts
        return mix.of(weight, tensor.shape(), -1, model, head);
    }

    private static TensorBody body(StoredTensor tensor, DType type) {
        return type == tensor.type()
                ? TensorBody.of(tensor.data())
                : output -> TensorBody.of(tensor.floats()).writeTo(output);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new ModelException(file + ": not readable as UTF-8 text: " + e, e);
        }
    }
}
