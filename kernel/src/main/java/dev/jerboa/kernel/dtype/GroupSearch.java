package dev.jerboa.kernel.dtype;

import org.jspecify.annotations.Nullable;

/**
 * Least-squares scales of groups of values under rounding. For fixed codes the best scale has a closed form; the search
 * tries scales around the one that maps the extreme value to the last code, rounds, solves, and keeps the best. Errors are
 * weighted: by importances where there are some, and so that large values, which move the output most, count more.
 *
 * <p>Groups lie one after the other. Every implementation gives the same bits: each operation is rounded to float32, sums go
 * over a group's even values and its odd ones, in order, and are then added. Values are expected to be finite.
 */
public interface GroupSearch {
    /** How many scales are tried. */
    int STEPS = 19;

    /** The search in plain loops: the reference. */
    GroupSearch PLAIN = new PlainSearch();

    /**
     * The code that try {@code step} of {@link #STEPS} maps the extreme value to: {@code last}, 0.9 less to 0.9 more, and a little
     * beyond, so that the extreme value is never halfway between two codes.
     */
    static float target(int last, int step) {
        return last + 0.1f * (step - STEPS / 2) + 0x1p-10f;
    }

    /**
     * Scales for values ≈ scale · code with codes −centre to centre − 1. The weight of a value is its square; with an
     * importance, that times √(mean square of the group + its square).
     *
     * @param importances one for each of {@code values}, or null
     * @param from where the first group begins in {@code values} and {@code importances}
     * @param size values in a group, even
     * @param scales receives one scale a group
     */
    void symmetric(
            float[] values, float @Nullable [] importances, int from, int groups, int size, int centre, float[] scales);

    /**
     * Scales and minimums, all ≥ 0, for values ≈ scale · code − minimum with codes 0 to {@code last}. The weight of a value is
     * its magnitude and the group's root mean square; with an importance, that times √(mean square of the group + its square).
     *
     * @param scales receives one scale a group
     * @param minimums receives one minimum a group
     */
    void affine(
            float[] values,
            float @Nullable [] importances,
            int from,
            int groups,
            int size,
            int last,
            float[] scales,
            float[] minimums);
}
