/**
 * Training: from a recipe to a checkpoint that the engine runs.
 *
 * <pre>
 * recipe → network: DecoderSpec → tape of operations over parameters (autograd)
 * data(seed, step) → batch → tape.forward → loss → tape.backward → clip → optim.step → metrics
 *                                             ↑ every N steps: checkpoint (temporary folder → sync → rename)
 * task → problems and worked answers (data) · verdicts on answers (rl)
 * rollout: engine.schedule → rewards → advantages → the same tape with another loss
 * </pre>
 *
 * <p>Every number of a run is a function of its recipe: randomness is drawn from counters, sums are taken in a fixed order, so
 * that the same run gives the same bits with any number of threads and across interruptions.
 */
@NullMarked
package dev.jerboa.train;

import org.jspecify.annotations.NullMarked;
