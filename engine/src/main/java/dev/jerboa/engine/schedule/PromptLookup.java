package dev.jerboa.engine.schedule;

/**
 * Guesses what a sequence goes on with by looking for its last tokens earlier in it: the tokens that followed them there, the last time
 * that they came up.
 */
final class PromptLookup implements Drafter {
    /** So many last tokens must have come up before. */
    private static final int LEAST_MATCH = 3;

    private final GuessLength length;

    /** Guesses at most {@code most} tokens at a time. */
    PromptLookup(int most) {
        this.length = new GuessLength(most);
    }

    @Override
    public int guess(int[] tokens, int known, int[] into, int room) {
        int wanted = Math.min(length.next(), room);
        if (wanted <= 0 || known <= LEAST_MATCH) {
            return 0;
        }
        int at = earlier(tokens, known);
        if (at < 0) {
            return 0;
        }
        int count = 0;
        while (count < wanted && at + count < known) {
            into[count] = tokens[at + count];
            count++;
        }
        return count;
    }

    /** The place after the last earlier occurrence of the last tokens, or −1. */
    private static int earlier(int[] tokens, int known) {
        int a = tokens[known - 1];
        int b = tokens[known - 2];
        int c = tokens[known - 3];
        for (int i = known - 2; i >= 2; i--) {
            if (tokens[i] == a && tokens[i - 1] == b && tokens[i - 2] == c) {
                return i + 1;
            }
        }
        return -1;
    }

    @Override
    public void learn(int guessed, int right) {
        length.learn(guessed, right);
    }

    @Override
    public void close() {}
}
