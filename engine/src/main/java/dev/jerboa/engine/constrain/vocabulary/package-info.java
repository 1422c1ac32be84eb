/**
 * Tokens as bytes: a tree of them to walk with an automaton, and masks.
 *
 * <pre>
 * Tokenizer → TokenBytes → Vocabulary: tokens of plain characters (short, long) and the rest, a TokenTree each
 * Part of a state → RunSearch: bytes or characters that may come whichever they are → ProfileBuilder: trees walked → Profile
 * State → MaskComputer: profiles of its parts, within the bounds of loops, and what goes on after their rules → Mask
 * </pre>
 */
@NullMarked
package dev.jerboa.engine.constrain.vocabulary;

import org.jspecify.annotations.NullMarked;
