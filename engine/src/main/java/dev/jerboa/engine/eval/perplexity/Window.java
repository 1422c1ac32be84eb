package dev.jerboa.engine.eval.perplexity;

/**
 * A piece of a text that is read from an empty cache.
 *
 * @param from its first token
 * @param to one past its last token
 * @param firstTarget the first token that is scored, after {@code from}; all up to {@code to} are
 */
record Window(int from, int to, int firstTarget) {}
