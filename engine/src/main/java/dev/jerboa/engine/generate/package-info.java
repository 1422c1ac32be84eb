/**
 * The public API: open a model, chat with it, or let it continue a text.
 *
 * <pre>
 * Jerboa.open → LanguageModel ─ chat → ChatSession.send ─┐
 *                             └ complete ────────────────┤
 *   prompt ids → Context: pages of the known prefix → chunks of the rest → token → text → Chunk → listener
 *                Steps: one decoder step at a time, of whichever session is next   └ again until a FinishReason → Reply
 * </pre>
 */
@NullMarked
package dev.jerboa.engine.generate;

import org.jspecify.annotations.NullMarked;
