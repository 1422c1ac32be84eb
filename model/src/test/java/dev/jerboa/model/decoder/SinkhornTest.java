package dev.jerboa.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class SinkhornTest {
    @Property(tries = 200)
    void columnsSumToOneAndRowsNearly(@ForAll @IntRange(min = 1, max = 8) int n, @ForAll long seed) {
        float[] c = matrix(n, seed);
        Sinkhorn.normalise(c, n, 200, 1e-6f);
        for (int i = 0; i < n; i++) {
            double row = 0;
            double column = 0;
            for (int j = 0; j < n; j++) {
                row += c[i * n + j];
                column += c[j * n + i];
                assertThat(c[i * n + j]).isPositive();
            }
            assertThat(column).isCloseTo(1, within(1e-5));
            assertThat(row).isCloseTo(1, within(1e-2));
        }
    }

    @Property(tries = 200)
    void fourStreamsGiveTheBitsOfAnyNumber(@ForAll @IntRange(min = 1, max = 30) int iterations, @ForAll long seed) {
        float[] four = matrix(4, seed);
        float[] any = four.clone();
        Sinkhorn.normalise(four, 4, iterations, 1e-6f);
        Sinkhorn.any(any, 4, iterations, 1e-6f);
        assertThat(four).containsExactly(any);
    }

    private static float[] matrix(int n, long seed) {
        Random random = new Random(seed);
        float[] c = new float[n * n];
        for (int i = 0; i < c.length; i++) {
            c[i] = (float) Math.exp(2 * random.nextGaussian());
        }
        return c;
    }
}
