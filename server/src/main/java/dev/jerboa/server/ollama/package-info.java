/**
 * The dialect of Ollama: chat, generate, vectors, and what it says of models.
 *
 * <pre>
 * body without a prompt → the model is loaded, or an error: loading is for whoever runs the server (admin)
 * body → OllamaOrders → ReplyOrder → one answer, or JSON lines, with the log-probabilities of the tokens of each
 * </pre>
 */
@NullMarked
package dev.jerboa.server.ollama;

import org.jspecify.annotations.NullMarked;
