package dev.jerboa.engine.schedule;

/**
 * Guesses what a sequence goes on with by looking for its last tokens earlier in it: the tokens that followed them there, the last time
 * that they came up. How many it guesses follows from how many of the last were right. One thread; for one sequence.
 */
final class Drafter {
    /** So many last tokens must have come up before. */
    private static final int LEAST_MATCH = 3;

    private static final int FIRST_GUESS = 4;

    /** After guesses of which none was right, so many steps pass without. */
    private static final int LONGEST_REST = 64;

    private final int most;
    private int guess;
    private int rest;
    private int restAfterFailure = 1;

    Drafter(int most) {
        this.most = most;
        this.guess = Math.min(FIRST_GUESS, most);
    }

    /**
     * Puts guesses for the tokens after {@code known} ones of {@code tokens} into {@code into}.
     *
     * @return how many, at most {@code room}
     */
    int guess(int[] tokens, int known, int[] into, int room) {
        if (rest > 0) {
            rest--;
            return 0;
        }
        int wanted = Math.min(guess, room);
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

    /** Of {@code guessed} tokens the first {@code right} were confirmed. */
    void learn(int guessed, int right) {
        if (right == guessed) {
            guess = Math.min(most, guess + 2);
            restAfterFailure = 1;
        } else if (right > 0) {
            guess = Math.max(1, right + 1);
            restAfterFailure = 1;
        } else {
            guess = Math.max(1, guess / 2);
            rest = restAfterFailure;
            restAfterFailure = Math.min(2 * restAfterFailure, LONGEST_REST);
        }
    }
}
