/**
 * Ollama's chat, generate and embed.
 *
 * <pre>
 * body → OllamaRequestReader → Conversation → OllamaRequestWriter → body
 * bytes → OllamaTap → ReplyTally;   lines → OllamaReplyReader → ReplyPiece → OllamaReplyWriter → bytes
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.dialect.ollama;

import org.jspecify.annotations.NullMarked;
