/**
 * The loop of a run.
 *
 * <pre>
 * Trainer: recipe → network, data, Update, Learning → (last checkpoint) → steps → StepReport → metrics.jsonl, listener
 *                                                                          └ every N: checkpoint
 * Learning.step:  Supervised       fill batches → forward, backward (× micro-batches) → Update
 *                 PolicyLearning   questions → replies by the engine → rewards → advantages → batches → forward, backward → Update
 *                                                                                                 └ (× inner epochs) ┘
 * Update: gradients → optimiser → selection biases → averages
 * </pre>
 */
@NullMarked
package dev.jerboa.train.loop;

import org.jspecify.annotations.NullMarked;
