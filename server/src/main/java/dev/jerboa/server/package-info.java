/**
 * Models over HTTP, in the dialects that clients already speak.
 *
 * <pre>
 * socket → http.Connections: reads ahead, writes in time → Helidon → http.Guard: host, origin, key, limits
 *   a connection has a thread: one of the system's while it is at work, a virtual one while it is silent
 *   → dialect (openai, anthropic, ollama): body → http.Fields → reply.ReplyOrder (what every dialect can ask for)
 *        → model.Models: name → model, adapter → engine.generate: Prompt, Ask
 *   scheduler's thread → reply.Inbox ← request's thread → dialect: one answer, or events as they come, flushed each time
 *   at another address, with other keys: admin.Admin → model.Models: load, unload
 *   the client goes away: http.ClientWatch → Inbox → cancel → pages are free within a step
 *   the client reads nothing: the write's time is up → the connection is closed → the write fails → cancel
 * </pre>
 *
 * {@link dev.jerboa.server.JerboaServer} is the door.
 */
@NullMarked
package dev.jerboa.server;

import org.jspecify.annotations.NullMarked;
