/**
 * How problems are put into words, and which of the words training never reads.
 *
 * <pre>
 * resource files → Grammar: lists of patterns, each divided into trained and new wordings by hash → Phrases
 * Draws + Wordings → Speaker: a language, digits, habits → ask(Phrases, parts) → the question as somebody types it
 * parts: numbers, {@link Noun}, {@link Person}, expressions ({@link Infix}), lists of numbers ({@link Listing})
 * </pre>
 */
@NullMarked
package dev.jerboa.train.task.wording;

import org.jspecify.annotations.NullMarked;
