/** The dialect of Ollama: chat, generate, and what it says of models. */
@NullMarked
package dev.jerboa.server.ollama;

import org.jspecify.annotations.NullMarked;
