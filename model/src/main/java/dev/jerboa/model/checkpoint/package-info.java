/**
 * A model as a user names it: a GGUF file or a Hugging Face folder, opened into everything that running it needs.
 *
 * <pre>
 * path → Checkpoint.open → container (gguf | safetensors + json) → Families: spec and tensor names
 *      → Checkpoint.load → Decoder        → tokenizer, chat template, generation defaults
 * </pre>
 */
@NullMarked
package dev.jerboa.model.checkpoint;

import org.jspecify.annotations.NullMarked;
