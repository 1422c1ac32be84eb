/** The dialect of OpenAI: chat completions, completions, models, embeddings, responses. */
@NullMarked
package dev.jerboa.server.openai;

import org.jspecify.annotations.NullMarked;
