/**
 * Requests on a model: from a prompt to text. No HTTP.
 *
 * <pre>
 * prompt → generate (public API) → chat: template → tokenizer → schedule: many requests in each step
 *        → cache: pages of the longest known beginning → decoder step ↔ cache pages
 *        → constrain: which tokens may come → sample: one token → chat: thinking | answer | calls, stop strings → caller
 * </pre>
 */
@NullMarked
package dev.jerboa.engine;

import org.jspecify.annotations.NullMarked;
