/**
 * Reinforcement learning with rewards that can be checked, and how good a model is at tasks.
 *
 * <pre>
 * problems → Rollouts (engine.schedule, many replies at a time) → Verdict → TaskEvaluation: accuracy by task, with intervals
 * </pre>
 */
@NullMarked
package dev.jerboa.train.rl;

import org.jspecify.annotations.NullMarked;
