/**
 * Constrained output: which tokens may come next so that the whole reply is one text of a language.
 *
 * <pre>
 * JSON schema ─ schema ┐
 * GBNF ─────── gbnf    ├→ grammar: Expression (bytes, characters, sequence, choice, repeat, rules, markers, free text)
 * regex ────── regex   │        │
 * combinators ─────────┘        ↓  with a tokenizer's bytes (vocabulary)
 *                        automaton: Network (edges on bytes, calls, counted loops; what cannot end is cut off)
 *                               │
 *                               ↓  one a sequence
 *                        Matcher: mask → (sampler picks) → accept → … → acceptsEnd | mustEnd
 * </pre>
 *
 * <p>A position in the text is a set of stacks, because a grammar may be ambiguous. Positions are interned and joined by
 * transitions that are computed when first taken, so what one request found out is ready for the next. A position is taken apart by
 * stacks; what tokens do at a part, up to the end of its rule or of the rounds of its loop, is found by a walk over the tree of all
 * tokens' bytes and kept as a profile, which all parts share that differ in nothing but what is further down on the stack and in the
 * round, in any constraint of the vocabulary. A mask is put together of profiles and of the few tokens that go on after a rule. The
 * walk leaves a subtree out at its first byte that cannot come, and where a run of bytes or characters may come whichever they are,
 * and it holds nothing else.
 *
 * <p>Whatever a matcher allows can be completed: what cannot reach an end is cut off when a grammar meets a vocabulary, and
 * every byte that is left has a token of its own.
 *
 * <p>{@link dev.jerboa.engine.constrain.Grammar} names expressions, {@link dev.jerboa.engine.constrain.Constraints} compiles and
 * keeps them for a tokenizer, {@link dev.jerboa.engine.constrain.Matcher} follows one sequence.
 */
@NullMarked
package dev.jerboa.engine.constrain;

import org.jspecify.annotations.NullMarked;
