package dev.jerboa.engine.schedule;

/**
 * What followed a prompt.
 *
 * @param ids the tokens, the stop token included where one ended it; the caller's own
 * @param logProbabilities of each token, the natural logarithm of its probability under the model at temperature 1 before any bias,
 *     penalty or filter; empty where they were not asked for
 * @param ending why it ended
 */
public record Completion(int[] ids, double[] logProbabilities, Ending ending) {}
