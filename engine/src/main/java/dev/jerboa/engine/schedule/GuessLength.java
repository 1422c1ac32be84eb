package dev.jerboa.engine.schedule;

/** How many tokens are worth guessing, from how many of the last guesses were right. */
final class GuessLength {
    private static final int FIRST_GUESS = 4;

    /** After guesses of which none was right, so many steps pass without. */
    private static final int LONGEST_REST = 64;

    private final int most;
    private int guess;
    private int rest;
    private int restAfterFailure = 1;

    /** At most {@code most}. */
    GuessLength(int most) {
        this.most = most;
        this.guess = Math.min(FIRST_GUESS, most);
    }

    /** For the step at hand; 0 while guessing rests. */
    int next() {
        if (rest > 0) {
            rest--;
            return 0;
        }
        return guess;
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
