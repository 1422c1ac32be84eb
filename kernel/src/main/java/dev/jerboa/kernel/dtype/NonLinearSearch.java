package dev.jerboa.kernel.dtype;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds the scale of a block whose codes number the levels of IQ4_NL: tries place the extreme value at and near either end of the levels,
 * take the codes' least-squares scale, and the one with the least error is kept.
 *
 * <p>From one try to the next few values change their code, and each value's code goes one way. So the codes of the first and the last try
 * are looked up, and between them only the places where they change, by bisection: sums of the tries are those of the first and what
 * changes add. One thread.
 */
final class NonLinearSearch {
    private static final int VALUES = 32;

    /** How far from an end of the levels the extreme value is placed at most. */
    private static final int REACH = 7;

    private static final int TRIES = 2 * REACH + 1;
    private static final int[] ENDS = {0, 15};

    private final float[] inverses = new float[TRIES];

    /** Of the first try, and then what each adds to the one before: sums of weight · value · level, and of weight · level². */
    private final double[] products = new double[TRIES];

    private final double[] squares = new double[TRIES];

    /**
     * The scale of {@value #VALUES} values; 0 of zeros.
     *
     * @param importances how much the squared error of each of {@code src} matters, or null for all alike
     */
    float best(float[] src, float @Nullable [] importances, int from) {
        float extreme = SmallBlockEncoders.extreme(src, from, VALUES);
        if (extreme == 0) {
            return 0;
        }
        float best = extreme / SmallBlocks.nonLinear(0); // where nothing matters, nothing is better
        double bestGain = 0;
        for (int end : ENDS) {
            sums(src, importances, from, SmallBlocks.nonLinear(end), extreme);
            double product = 0;
            double square = 0;
            for (int t = 0; t < TRIES; t++) {
                product += products[t];
                square += squares[t];
                if (square > 0 && product * product > bestGain * square) {
                    bestGain = product * product / square;
                    best = (float) (product / square);
                }
            }
        }
        return best;
    }

    private void sums(float[] src, float @Nullable [] importances, int from, float level, float extreme) {
        for (int t = 0; t < TRIES; t++) {
            inverses[t] = (level + t - REACH) / extreme;
        }
        Arrays.fill(products, 0);
        Arrays.fill(squares, 0);
        double product = 0;
        double square = 0;
        for (int j = from; j < from + VALUES; j++) {
            float value = src[j];
            double weight = importances == null ? 1 : importances[j];
            float first = SmallBlocks.nearestLevel(value * inverses[0]);
            float last = SmallBlocks.nearestLevel(value * inverses[TRIES - 1]);
            product += weight * first * value;
            square += weight * first * first;
            if (first != last) {
                changes(value, weight, first, last);
            }
        }
        products[0] = product;
        squares[0] = square;
    }

    /** Adds what each change of a value's level between the first and the last try changes. */
    private void changes(float value, double weight, float first, float last) {
        int at = 0;
        float level = first;
        while (level != last) {
            int before = at;
            int after = TRIES - 1;
            float next = last;
            while (after - before > 1) {
                int middle = before + after >>> 1;
                float there = SmallBlocks.nearestLevel(value * inverses[middle]);
                if (there == level) {
                    before = middle;
                } else {
                    after = middle;
                    next = there;
                }
            }
            products[after] += weight * value * (next - level);
            squares[after] += weight * (next * next - level * level);
            at = after;
            level = next;
        }
    }
}
