package dev.jerboa.engine.schedule;

/**
 * A token that was chosen.
 *
 * @param id the token
 * @param logProbability as in {@link Completion#logProbabilities}; NaN where it was not asked for
 * @param likeliest the most probable tokens at this place under the model itself, most probable first; empty where they were not asked
 *     for
 * @param likeliestLogProbabilities theirs
 */
public record Pick(int id, double logProbability, int[] likeliest, double[] likeliestLogProbabilities) {}
