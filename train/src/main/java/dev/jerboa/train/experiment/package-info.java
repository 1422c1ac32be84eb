/**
 * Experiments: one recipe in several arms, each with several seeds, and what came out side by side.
 *
 * <pre>
 * experiment.yaml → Experiment: base recipe, changes of each arm, seeds
 *   → each arm and seed: OUT/ARM-SEED/recipe.yaml → loop.Trainer (goes on where it was interrupted) → [rl.TaskEvaluation]
 *   → ArmResult: the end of metrics.jsonl and the evaluation → Results: results.json, results.md
 * </pre>
 *
 * <p>Arms with the same seed see the same data in the same order and begin with the same weights wherever they have the same
 * tensors, so that differences are taken within seeds.
 */
@NullMarked
package dev.jerboa.train.experiment;

import org.jspecify.annotations.NullMarked;
