/**
 * GGUF, the single-file container of the llama.cpp world (versions 2 and 3): reading, by memory mapping, and writing.
 *
 * <pre>
 * path → GgufFile.open [HeaderReader: bounded, checked] → Metadata, StoredTensor by name
 * keys, tensors → GgufWriter.write → file
 * </pre>
 */
@NullMarked
package dev.jerboa.model.gguf;

import org.jspecify.annotations.NullMarked;
