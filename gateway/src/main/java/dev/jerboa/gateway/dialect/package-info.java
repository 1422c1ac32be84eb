/**
 * Forms of requests and replies: OpenAI chat, Responses, Anthropic messages, Ollama; and the translation between any two of them through
 * one form of a conversation and one kind of events.
 *
 * <pre>
 * request in A → Conversation → request in B;   reply in B (whole, or event by event) → ReplyPiece → reply in A
 * </pre>
 */
@NullMarked
package dev.jerboa.gateway.dialect;

import org.jspecify.annotations.NullMarked;
