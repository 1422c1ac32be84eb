/**
 * Requests of real clients, as they came over the wire, sent again and their answers held against what those clients need.
 *
 * <pre>
 * recorded/CLIENT/SCENARIO.http → RecordedRequest → Wire: a socket → Wire.WireAnswer
 *   → Dialect of the path (OpenAI's chats, completions and responses, Anthropic's, Ollama's): shape, order of events → Said
 *   → Promises: what the request asked for;  a streamed request and its twin: the same Said
 * </pre>
 */
@NullMarked
package dev.jerboa.server.recorded;

import org.jspecify.annotations.NullMarked;
