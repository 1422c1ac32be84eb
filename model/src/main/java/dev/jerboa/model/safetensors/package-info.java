/**
 * Safetensors, the container of Hugging Face: reading, by memory mapping, and writing, one file or shards with an index.
 *
 * <pre>
 * folder → SafetensorsFolder (index → SafetensorsFile …) → StoredTensor
 *        → BlockScaled: FP8 + scale tensor → Matrix
 *        → Quantization: MXFP4 blocks + scales, packed integers + scales → EncodedTensor, converted row by row
 * tensors → SafetensorsWriter → file | shards + index
 * </pre>
 */
@NullMarked
package dev.jerboa.model.safetensors;

import org.jspecify.annotations.NullMarked;
