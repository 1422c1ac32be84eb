package dev.jerboa.model.checkpoint;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.adapter.AdaptedModel;
import dev.jerboa.model.decoder.Adaptation;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderOptions;
import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.ExpertSizes;
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

    /** What of the weights is experts, and what a token meets. */
    default ExpertSizes expertSizes() {
        return ExpertSizes.of(spec(), description().names(), tensors());
    }

    /** The number of weights in all tensors. */
    default long parameterCount() {
        return tensors().tensors().stream().mapToLong(StoredTensor::elements).sum();
    }

    /**
     * Loads the decoder as it is.
     *
     * @param maxStepTokens the most tokens a step takes
     */
    default Decoder load(Ops ops, Ops.Precision precision, Team team, int maxStepTokens) {
        return load(ops, team, DecoderOptions.of(precision, maxStepTokens));
    }

    /**
     * Loads the decoder. Of more experts than there is memory for, the checkpoint stays open as long as the decoder.
     *
     * @param options its adaptations are adapters on this model ({@link #adapted}), of which each token of a step has one
     * @throws ModelException where there are several adapters, and one of them has to be merged into the weights; where the layer that
     *     predicts a token further is wanted and the model has none
     */
    default Decoder load(Ops ops, Team team, DecoderOptions options) {
        if (options.further() && spec().predictions().isEmpty()) {
            throw new ModelException(path() + ": the model has no layer that predicts further tokens, which speculation"
                    + " \"mtp\" guesses with (a folder of DeepSeek-V3 has it as model.layers.N.eh_proj and so on, a"
                    + " GGUF file as blk.N.nextn.*); take a checkpoint that has kept it, or guess by the text so far"
                    + " (lookup) or with a draft model");
        }
        TensorSource tensors = tensors();
        for (Adaptation adaptation : options.adaptations()) {
            if (adaptation instanceof AdaptedModel adapter && adapter.mergedModules() > 0) {
                if (options.adaptations().size() > 1) {
                    throw new ModelException(adapter.adapter().folder() + ": " + adapter.mergedModules()
                            + " modules (those of DoRA, and up-projections of latents) are merged into the model's weights, so"
                            + " the adapter cannot be beside others");
                }
                tensors = adapter.tensors();
            }
        }
        return Decoder.load(spec(), description().names(), tensors, ops, team, options);
    }

    /**
     * An adapter on this model, read from its folder; until {@link #close}.
     *
     * @throws ModelException where the adapter is damaged, or for another model
     */
    AdaptedModel adapted(Path folder);

    /**
     * Writes this model with an adapter merged into its weights: a folder of safetensors beside copies of the other files, or a GGUF
     * file.
     *
     * @param adapter the adapter's folder
     * @param out what is made; it must not be there
     * @param type how changed tensors are stored; empty for each one's own type
     * @throws ModelException where the adapter is for another model, or a tensor cannot be stored in its type
     */
    void merge(Path adapter, Path out, Optional<DType> type);

    @Override
    void close();
}
