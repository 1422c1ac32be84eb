/** Vectors of texts, in OpenAI's form and in Ollama's. */
@NullMarked
package dev.jerboa.gateway.dialect.embedding;

import org.jspecify.annotations.NullMarked;
