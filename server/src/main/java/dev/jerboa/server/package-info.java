/**
 * Models over HTTP, in the dialects that clients already speak.
 *
 * <pre>
 * socket → Helidon (a virtual thread a request) → http.Guard: host, origin, key, limits
 *   → dialect (openai, anthropic, ollama): body → http.Fields → reply.ReplyOrder (what every dialect can ask for)
 *        → model.Models: name → model, adapter → engine.generate: Prompt, Ask
 *   scheduler's thread → reply.Inbox ← request's thread → dialect: one answer, or events as they come, flushed each time
 *   the client is gone: a write fails → cancel → pages are free within a step
 * </pre>
 *
 * {@link dev.jerboa.server.JerboaServer} is the door.
 */
@NullMarked
package dev.jerboa.server;

import org.jspecify.annotations.NullMarked;
