package dev.jerboa.kernel.dtype;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NonLinearSearchTest {
    private static final int SIZE = 32;

    /** What a scale takes away from the weighted squared error, with the codes that a try gives it: all tries, one by one. */
    private static double bestGain(float[] values, float @Nullable [] importances) {
        float extreme = SmallBlockEncoders.extreme(values, 0, SIZE);
        double best = 0;
        for (int step = -7; step <= 7; step++) {
            for (int end = 0; end < 16; end += 15) {
                float inverse = (SmallBlocks.nonLinear(end) + step) / extreme;
                best = Math.max(best, gain(values, importances, inverse)[0]);
            }
        }
        return best;
    }

    /** Gain and scale of the codes that an inverse scale gives. */
    private static double[] gain(float[] values, float @Nullable [] importances, float inverse) {
        double product = 0;
        double square = 0;
        for (int j = 0; j < SIZE; j++) {
            double level = SmallBlocks.nearestLevel(values[j] * inverse);
            double weight = importances == null ? 1 : importances[j];
            product += weight * level * values[j];
            square += weight * level * level;
        }
        return new double[] {square > 0 ? product * product / square : 0, product / square};
    }

    /** Of the tries whose least-squares scale is the one found, the best gain. */
    private static double gainOf(float[] values, float @Nullable [] importances, float scale) {
        float extreme = SmallBlockEncoders.extreme(values, 0, SIZE);
        double best = 0;
        for (int step = -7; step <= 7; step++) {
            for (int end = 0; end < 16; end += 15) {
                double[] found = gain(values, importances, (SmallBlocks.nonLinear(end) + step) / extreme);
                if (Math.abs(found[1] - scale) <= 1e-6 * Math.abs(scale)) {
                    best = Math.max(best, found[0]);
                }
            }
        }
        return best;
    }

    @Test
    void isTheBestOfAllTries() {
        Random random = new Random(3);
        NonLinearSearch search = new NonLinearSearch();
        for (int round = 0; round < 3000; round++) {
            float[] values = new float[SIZE];
            float[] importances = new float[SIZE];
            int zeros = random.nextInt(SIZE);
            for (int j = 0; j < SIZE; j++) {
                boolean outlier = random.nextInt(20) == 0;
                values[j] = j < zeros && round % 4 == 0 ? 0 : (float) random.nextGaussian() * (outlier ? 10 : 1);
                importances[j] = random.nextInt(5) == 0 ? 0 : random.nextFloat() * random.nextInt(100);
            }
            for (float[] weights : new float @Nullable [][] {null, importances}) {
                double expected = bestGain(values, weights);
                if (expected > 0) {
                    double found = gainOf(values, weights, search.best(values, weights, 0));
                    assertThat(found).as("round %d", round).isEqualTo(expected, within(1e-9 * expected));
                }
            }
        }
    }

    /** What no input ever reached is kept as well as it can be, not thrown away. */
    @Test
    void weightsThatDoNotMatterStay() {
        float[] values = new float[SIZE];
        for (int j = 0; j < SIZE; j++) {
            values[j] = j - 10;
        }
        float[] decoded = new float[SIZE];
        byte[] block = new byte[18];
        SmallBlockEncoders.iq4Nl(values, new float[SIZE], 0, block, 0, 1, GroupSearch.PLAIN);
        SmallBlocks.iq4Nl(block, 0, decoded, 0, 1);
        for (int j = 0; j < SIZE; j++) {
            assertThat(decoded[j]).isEqualTo(values[j], within(3f));
        }
        assertThat(new NonLinearSearch().best(new float[SIZE], null, 0)).isZero();
    }
}
