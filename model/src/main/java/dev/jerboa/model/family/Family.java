package dev.jerboa.model.family;

import dev.jerboa.model.tensor.TensorSource;
import java.util.Set;

/** A model family. Stateless. Both readers throw {@link dev.jerboa.model.ModelException} for what they cannot run. */
interface Family {
    /** The {@code model_type}s of config.json that it reads. */
    Set<String> modelTypes();

    /** The {@code general.architecture}s of GGUF that it reads. */
    Set<String> architectures();

    /** Reads a Hugging Face folder's configuration. */
    Description read(FolderConfig config, TensorSource tensors);

    /** Reads a GGUF file's metadata. */
    Description read(GgufConfig config, TensorSource tensors);
}
