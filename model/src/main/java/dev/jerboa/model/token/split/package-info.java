/**
 * How a text is cut into the words that a tokenizer's vocabulary model sees.
 *
 * <pre>
 * regex → PatternParser → scanner nodes over UTF-8 | java.util.regex (what the parser does not know)
 * UTF-8 text → Words → Splitter … Splitter → spans of words
 * </pre>
 *
 * A pattern of the published kind (a choice of sequences of character classes with counts) becomes a scanner that works on
 * UTF-8 without recursion over the text; {@code PretokenizerTable} knows the patterns behind GGUF's pre-tokenizer names.
 */
@NullMarked
package dev.jerboa.model.token.split;

import org.jspecify.annotations.NullMarked;
