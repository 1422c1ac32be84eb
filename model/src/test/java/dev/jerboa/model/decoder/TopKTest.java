package dev.jerboa.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The choice against a stable sort. */
class TopKTest {
    @Test
    void takesWhatASortTakes() {
        Random random = new Random(11);
        TopK best = new TopK();
        for (int trial = 0; trial < 2000; trial++) {
            int count = 1 + random.nextInt(300);
            int k = 1 + random.nextInt(40);
            int levels = trial % 3 == 0 ? 4 : 1 << 20;
            float[] values = new float[count + 5];
            for (int i = 0; i < values.length; i++) {
                values[i] = (random.nextInt(levels) - levels / 2) * 0.37f;
            }
            if (trial % 5 == 0) {
                values[random.nextInt(count)] = Float.POSITIVE_INFINITY;
                values[random.nextInt(count)] = Float.NEGATIVE_INFINITY;
                values[random.nextInt(count)] = -0f;
            }
            int[] expected = IntStream.range(0, count)
                    .boxed()
                    .sorted(Comparator.comparing((Integer i) -> -(values[i] + 0f)))
                    .limit(k)
                    .mapToInt(Integer::intValue)
                    .sorted()
                    .toArray();
            int[] out = new int[k + 2];
            int taken = best.select(values, count, k, out, 1);
            assertThat(Arrays.copyOfRange(out, 1, 1 + taken))
                    .as("%d of %d", k, count)
                    .isEqualTo(expected);
        }
    }

    @Test
    void equalValuesGoByTheirPlace() {
        int[] out = new int[3];
        assertThat(new TopK().select(new float[] {0, 1, -0f, 0, 1, 0}, 6, 3, out, 0))
                .isEqualTo(3);
        assertThat(out).containsExactly(0, 1, 4);
    }
}
