package dev.jerboa.model.decoder;

/**
 * Which adaptation each token of a step has, as runs of tokens that lie beside each other and have the same. Set before a pass,
 * read by all workers during it.
 */
final class AdaptedTokens {
    /** The adaptation of tokens that have none. */
    static final int NONE = -1;

    private int[] adaptations = new int[0];
    private int count;

    /** Reads a step. */
    void of(Step step) {
        count = step.count();
        adaptations = step.adaptations();
    }

    /** The adaptation of a token. */
    int at(int token) {
        return adaptations[token];
    }

    /** One past the last token of the run that begins at {@code token}, at most {@code to}. */
    int end(int token, int to) {
        int end = token + 1;
        while (end < to && adaptations[end] == adaptations[token]) {
            end++;
        }
        return end;
    }

    /** Whether any token has an adaptation. */
    boolean any() {
        for (int t = 0; t < count; t++) {
            if (adaptations[t] != NONE) {
                return true;
            }
        }
        return false;
    }
}
