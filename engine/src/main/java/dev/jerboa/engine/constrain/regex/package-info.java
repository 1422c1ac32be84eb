/**
 * Regular expressions, of ECMA-262's kind, as expressions over characters.
 *
 * <pre>
 * pattern → RegexParser → Anchored (with or without ^ and $) → whole | search → Expression
 *                                                   CharacterAutomaton: intersection, difference → Expression
 * </pre>
 */
@NullMarked
package dev.jerboa.engine.constrain.regex;

import org.jspecify.annotations.NullMarked;
