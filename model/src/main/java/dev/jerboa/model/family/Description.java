package dev.jerboa.model.family;

import dev.jerboa.model.decoder.DecoderSpec;
import dev.jerboa.model.decoder.TensorNames;

/** What a family says of a checkpoint: its decoder in numbers, and what its container calls the tensors. */
public record Description(DecoderSpec spec, TensorNames names) {}
