package dev.jerboa.engine.generate;

/**
 * Tokens of a request.
 *
 * @param prompt tokens of the prompt
 * @param cached how many of them were still in the cache from before and not computed again
 * @param generated tokens that were generated, an end token included
 */
public record TokenCounts(int prompt, int cached, int generated) {}
