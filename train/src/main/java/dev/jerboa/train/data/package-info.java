/**
 * What a step trains on: problems or texts, encoded and put side by side.
 *
 * <pre>
 * (seed, step) → BatchSource: problems of a task (ProblemBatches), windows of a text (TextBatches), exercises (SyntheticBatches),
 *                              replies from a file (ReplyBatches)
 *              → Batch
 * examples of a task → TaskTokenizer → TokenizerTrainer → tokenizer.json + tokenizer_config.json
 * </pre>
 *
 * <p>A source has no state: the place in the data is the step.
 */
@NullMarked
package dev.jerboa.train.data;

import org.jspecify.annotations.NullMarked;
