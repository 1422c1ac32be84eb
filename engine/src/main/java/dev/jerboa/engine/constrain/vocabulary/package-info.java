/**
 * Tokens as bytes: a tree of them to walk with an automaton, and masks.
 *
 * <pre>
 * Tokenizer → TokenBytes → Vocabulary: tokens of plain characters (short, long) and the rest, a TokenTree each
 * State → MaskComputer: plain tokens at once where the state takes any, trees walked → Mask
 * </pre>
 */
@NullMarked
package dev.jerboa.engine.constrain.vocabulary;

import org.jspecify.annotations.NullMarked;
