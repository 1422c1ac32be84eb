package dev.jerboa.kernel.ops;

/**
 * Where the tokens of one step stand: token i is at {@code positions[i]} of the sequence whose page table is
 * {@code pages[i]}. Tokens of several sequences may share a step. Arrays belong to the caller and must not change
 * during the step; only the first {@code count} entries count.
 */
public record StepTokens(int count, int[] positions, int[][] pages) {}
