/**
 * OpenAI's responses, without memory of earlier ones.
 *
 * <pre>
 * body → ResponsesRequestReader → Conversation → ResponsesRequestWriter → body
 * bytes → ResponsesTap → ReplyTally;   events → ResponsesReplyReader → ReplyPiece → ResponsesReplyWriter → bytes
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.dialect.responses;

import org.jspecify.annotations.NullMarked;
