/** Tokenizers, from GGUF metadata and from the files of a Hugging Face folder. */
@NullMarked
package dev.jerboa.model.token;

import org.jspecify.annotations.NullMarked;
