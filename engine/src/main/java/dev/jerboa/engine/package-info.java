/**
 * Requests on a model: from a prompt to text. No HTTP.
 *
 * <pre>
 * prompt → generate (public API) → chat: template → tokenizer → cache: pages of the longest known prefix
 *        → decoder step ↔ cache pages → sample: one token → chat: stop strings, thinking | answer → Chunk → caller
 * </pre>
 */
@NullMarked
package dev.jerboa.engine;

import org.jspecify.annotations.NullMarked;
