package dev.jerboa.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LogProbabilitiesTest {
    private static final int SIZE = 300;

    private final LogProbabilities probabilities = new LogProbabilities(SIZE);

    @Test
    void theLogarithmOfTheSoftmax() {
        Random random = new Random(3);
        for (double spread : new double[] {0, 0.1, 3, 40}) {
            float[] logits = new float[2 * SIZE];
            for (int i = 0; i < logits.length; i++) {
                logits[i] = (float) (spread * random.nextGaussian() + 1000);
            }
            FloatRows table = FloatRows.copyOf(Arena.ofAuto(), logits, SIZE);
            double all = 0;
            for (int token = 0; token < SIZE; token++) {
                double sum = 0;
                for (int other = 0; other < SIZE; other++) {
                    sum += Math.exp((double) logits[SIZE + other] - logits[SIZE + token]);
                }
                double found = probabilities.of(table, 1, token);
                assertThat(found).isCloseTo(-Math.log(sum), within(1e-9));
                all += Math.exp(found);
            }
            assertThat(all).isCloseTo(1, within(1e-9));
        }
    }

    @Test
    void impossibleTokensAndNoDistribution() {
        FloatRows table = FloatRows.allocate(Arena.ofAuto(), 1, SIZE);
        table.set(0, 7, Float.NEGATIVE_INFINITY);
        assertThat(probabilities.of(table, 0, 7)).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(probabilities.of(table, 0, 8)).isCloseTo(-Math.log(SIZE - 1), within(1e-9));
        table.set(0, 3, Float.NaN);
        assertThat(probabilities.of(table, 0, 8)).isNaN();
        table.set(0, 3, Float.POSITIVE_INFINITY);
        assertThat(probabilities.of(table, 0, 8)).isNaN();
        FloatRows other = FloatRows.allocate(Arena.ofAuto(), 1, SIZE - 1);
        assertThatIllegalArgumentException().isThrownBy(() -> probabilities.of(other, 0, 0));
    }
}
