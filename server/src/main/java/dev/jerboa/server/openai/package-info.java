/**
 * The dialect of OpenAI: chat completions, completions, models, embeddings, responses.
 *
 * <pre>
 * ChatCompletions, Completions → one answer | Chunks: a piece of one choice each, then the counts
 * Responses → ResponseItems: reasoning | message | call, each begun, added to, done → one answer | events
 *   → response.completed | response.incomplete (cut, the last item too) | error, response.failed
 * </pre>
 */
@NullMarked
package dev.jerboa.server.openai;

import org.jspecify.annotations.NullMarked;
