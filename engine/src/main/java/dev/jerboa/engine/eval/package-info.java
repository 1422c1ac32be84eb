/**
 * Evaluation: how well a model predicts texts, how far it is from another model, and how many tasks it solves.
 *
 * <pre>
 * text → perplexity: EvalText → Windows → WindowWalk [decoder steps full of several windows] → log-softmax row by row
 *                      → Perplexity | LogitsFile | Comparison (with a file, or a model that walks beside)
 * file → task:       JsonLines → ItemReader (a published format, or templates) → Item → prompts with examples (Shots)
 *      → run:        Evaluation: items in flight → LanguageModel.score | ask → ItemResult → RunFolder, line by line
 *                      → Report: shares and means with intervals (statistic)
 * </pre>
 *
 * <p>What an item is given depends on the model and the item alone, so results are the same for any number of threads, any number of
 * items in flight, and a run that was interrupted. Generated code is never run.
 */
@NullMarked
package dev.jerboa.engine.eval;

import org.jspecify.annotations.NullMarked;
