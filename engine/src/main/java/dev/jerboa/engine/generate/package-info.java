/**
 * The public API: open a model, chat with it, or let it continue a text.
 *
 * <pre>
 * Jerboa.open → LanguageModel ─ chat → ChatSession.send ─┐
 *                             └ complete ────────────────┤
 *   prompt ids → Generation → schedule.Scheduler, whose thread makes text of tokens (TokenText) and sees stop strings
 *                    ↑ events: progress, pieces, the end
 *                calling thread → listener → Reply
 * </pre>
 */
@NullMarked
package dev.jerboa.engine.generate;

import org.jspecify.annotations.NullMarked;
