/**
 * Files and mathematics of language models; no requests.
 *
 * <pre>
 * path → checkpoint (gguf | safetensors folder) → config, tensors, tokenizer, template
 *      → family: config → DecoderSpec + tensor names → decoder: tokens → logits
 * </pre>
 */
@NullMarked
package dev.jerboa.model;

import org.jspecify.annotations.NullMarked;
