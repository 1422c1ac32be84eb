package dev.jerboa.train.task.generate;

import dev.jerboa.train.random.Draws;

/** Draws of whole numbers. */
final class Numbers {
    private Numbers() {}

    /** A number of exactly so many digits, without a leading zero; 0 to 9 of one. */
    static int ofDigits(Draws draws, int digits) {
        int low = digits == 1 ? 0 : (int) Math.pow(10, digits - 1);
        return draws.between(low, (int) Math.pow(10, digits) - 1);
    }
}
