/**
 * Reinforcement learning with rewards that can be checked, and how good a model is at tasks.
 *
 * <pre>
 * problems → Rollouts (engine.schedule, many replies at a time) → Verdict → TaskEvaluation: accuracy by task, with intervals
 *                        └→ Reward → Advantages (within the replies to a question) → PolicyBatches: batches with a PolicyLoss each
 * </pre>
 *
 * <p>{@link dev.jerboa.train.rl.PolicyOptions} has the published methods as settings of one loss. The steps of a run are in {@code
 * loop}.
 */
@NullMarked
package dev.jerboa.train.rl;

import org.jspecify.annotations.NullMarked;
