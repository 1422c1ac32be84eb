/**
 * The loop of a run.
 *
 * <pre>
 * Trainer: recipe → network, optimiser, data → (last checkpoint) → steps: fill → forward, backward (× micro-batches) → optimise
 *            → selection biases → averages → StepReport → metrics.jsonl, listener → every N: checkpoint
 * </pre>
 */
@NullMarked
package dev.jerboa.train.loop;

import org.jspecify.annotations.NullMarked;
