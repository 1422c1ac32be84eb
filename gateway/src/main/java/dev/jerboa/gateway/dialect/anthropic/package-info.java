/**
 * Anthropic's messages.
 *
 * <pre>
 * body → MessagesRequestReader → Conversation → MessagesRequestWriter → body
 * bytes → MessagesTap → ReplyTally;   events → MessagesReplyReader → ReplyPiece → MessagesReplyWriter → bytes
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.dialect.anthropic;

import org.jspecify.annotations.NullMarked;
