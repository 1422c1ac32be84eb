package dev.jerboa.kernel.ops;

/**
 * Where the tokens of one step stand: token i is at {@code positions[i]} of the sequence whose page table is
 * {@code pages[i]} and whose running states are row {@code states[i]} of each layer that has them ({@link
 * KvLayer#states}). Tokens of several sequences may share a step; those of one come in order of position. Arrays belong to
 * the caller and must not change during the step; only the first {@code count} entries count.
 */
public record StepTokens(int count, int[] positions, int[][] pages, int[] states) {
    private static final int[] NO_STATES = {};

    /** Tokens of sequences without running states. */
    public StepTokens(int count, int[] positions, int[][] pages) {
        this(count, positions, pages, NO_STATES);
    }
}
