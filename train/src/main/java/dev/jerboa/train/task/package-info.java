/**
 * Problems that can be checked exactly: what is asked, how it is worked out, and what an answer is worth.
 *
 * <pre>
 * (seed, stream, index) → Draws → Task.example → Problem + worked reply     generators are in task.generate, words in task.wording
 * Problem.key → Split: held out or for training, by hash, whatever the words, the language or the order of drawing
 * Wordings: those of training, or those that no training reads, by the hash of their patterns; the same problems in either
 * Problem + completion → Verdict (text after the last {@code </think>} only) → Reward
 * HeldOut: problems a task was never trained on → Accuracy with its interval
 * </pre>
 *
 * <p>Everything here is a pure function of its arguments and safe for use by many threads; {@link dev.jerboa.train.random.Draws}
 * belong to one.
 */
@NullMarked
package dev.jerboa.train.task;

import org.jspecify.annotations.NullMarked;
