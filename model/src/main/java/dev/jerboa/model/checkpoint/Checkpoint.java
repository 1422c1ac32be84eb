package dev.jerboa.model.checkpoint;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.family.Description;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import dev.jerboa.model.token.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/**
 * An opened model. Its weights are mapped, read-only and shared, until {@link #close}; a {@link Decoder} made from it
 * must be closed first. Safe for several threads.
 */
public sealed interface Checkpoint extends AutoCloseable permits GgufCheckpoint, FolderCheckpoint {
    /**
     * Opens a GGUF file (any one of a split model) or a Hugging Face folder.
     *
     * @throws ModelException where it is neither, is damaged, or is of a family that Jerboa does not run
     */
    static Checkpoint open(Path path) {
        if (Files.isDirectory(path)) {
            return FolderCheckpoint.open(path);
        }
        if (!Files.exists(path)) {
            throw new ModelException(path + ": no such file or folder; expected a .gguf file or a Hugging Face folder");
        }
        String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
        if (name.endsWith(".safetensors") || name.equals("config.json")) {
            throw new ModelException(path + ": give the folder that holds it, with its config.json");
        }
        return GgufCheckpoint.open(path);
    }

    /**
     * Opens a GGUF file that is in memory, such as one from a jar.
     *
     * @param name names it in messages, and is its {@link #path}
     * @throws ModelException where it is damaged, or is of a family that Jerboa does not run
     */
    static Checkpoint of(String name, byte[] gguf) {
        return GgufCheckpoint.of(name, gguf);
    }

    Path path();

    /** The model's name, as its files say or as the path is called. */
    String name();

    /** The container, such as {@code GGUF v3}. */
    String format();

    /** The decoder in numbers and the names of its tensors. */
    Description description();

    default DecoderSpec spec() {
        return description().spec();
    }

    TensorSource tensors();

    /** The tokenizer, read at the first call; empty where the files have none. */
    Optional<Tokenizer> tokenizer();

    /** The chat template's source, where the model has one. */
    Optional<String> chatTemplate();

    GenerationDefaults generationDefaults();

    /** Bytes of all tensors as stored. */
    default long weightBytes() {
        Collection<StoredTensor> all = tensors().tensors();
        return all.stream().mapToLong(tensor -> tensor.data().byteSize()).sum();
    }

    /** The number of weights in all tensors. */
    default long parameterCount() {
        return tensors().tensors().stream().mapToLong(StoredTensor::elements).sum();
    }

    /**
     * Loads the decoder.
     *
     * @param maxStepTokens the most tokens a step takes
     */
    default Decoder load(Ops ops, Ops.Precision precision, Team team, int maxStepTokens) {
        return Decoder.load(spec(), description().names(), tensors(), ops, precision, team, maxStepTokens);
    }

    @Override
    void close();
}
