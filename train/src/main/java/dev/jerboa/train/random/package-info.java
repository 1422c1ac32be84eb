/**
 * Randomness without a state: numbers read off a counter.
 *
 * <pre>
 * (seed, stream, index) → key → Draws: draw 1, 2, …      initial weights (network) · data · tasks · rollouts · questions (loop)
 * </pre>
 *
 * <p>The place in the random numbers of a run is a step, a parameter's name or an example's index, so that a run that goes on draws
 * what it would have drawn.
 */
@NullMarked
package dev.jerboa.train.random;

import org.jspecify.annotations.NullMarked;
