package dev.jerboa.engine.cache;

/**
 * The running states after the first tokens of a page, and all before it: what a sequence that begins alike can go on from.
 *
 * @param page what it is known to belong to
 * @param count tokens of the page, at least 1
 * @param length tokens in all
 * @param row where the states are
 */
record StateSnapshot(PageContents page, int count, int length, int row) {}
