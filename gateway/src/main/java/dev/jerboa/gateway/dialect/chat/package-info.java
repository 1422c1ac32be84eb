/**
 * OpenAI's chat completions, with what others have added to them (reasoning, caches, costs), completions and embeddings.
 *
 * <pre>
 * body → ChatRequestReader → Conversation → ChatRequestWriter → body
 * bytes → ChatTap → ReplyTally;   events → ChatReplyReader → ReplyPiece → ChatReplyWriter → bytes
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.dialect.chat;

import org.jspecify.annotations.NullMarked;
