package dev.jerboa.model.family;

import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.TensorNames;

/**
 * What a family says of a checkpoint.
 *
 * @param spec its decoder in numbers
 * @param names what its container calls the tensors
 * @param published what the family's Hugging Face folders call them, whatever the container: the names that adapters use
 * @param turnedRows whether the rows of query and key heads are re-ordered against the published ones, so that what is rotated
 *     together lies side by side (GGUF files of architecture llama)
 */
public record Description(DecoderSpec spec, TensorNames names, TensorNames published, boolean turnedRows) {
    /** Of a folder, or a container that keeps the published order. */
    Description(DecoderSpec spec, TensorNames names, TensorNames published) {
        this(spec, names, published, false);
    }

    /** Of a folder. */
    Description(DecoderSpec spec, TensorNames names) {
        this(spec, names, names, false);
    }

    /** The same with another decoder. */
    Description with(DecoderSpec other) {
        return new Description(other, names, published, turnedRows);
    }
}
