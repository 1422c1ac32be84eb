package dev.jerboa.train.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DrawsTest {
    @Test
    void equalKeysDrawTheSameAndOthersDoNot() {
        Set<Long> seen = new HashSet<>();
        for (long seed = 0; seed < 10; seed++) {
            for (long stream = -2; stream < 10; stream++) {
                for (long index = 0; index < 100; index++) {
                    long bits = Draws.of(seed, stream, index).bits();
                    assertThat(Draws.of(seed, stream, index).bits()).isEqualTo(bits);
                    assertThat(seen.add(bits)).isTrue();
                    assertThat(seen.add(Draws.of(seed, stream, index).branch(0).bits()))
                            .isTrue();
                    assertThat(seen.add(Draws.of(seed, stream, index).branch(1).bits()))
                            .isTrue();
                }
            }
        }
    }

    @Test
    void drawsAreUniform() {
        int[] counts = new int[7];
        for (int index = 0; index < 70_000; index++) {
            counts[Draws.of(3, 1, index).between(-3, 3) + 3]++;
        }
        for (int count : counts) {
            assertThat(count).isBetween(9_500, 10_500);
        }
        double sum = 0;
        Draws draws = Draws.of(4, 0, 0);
        for (int i = 0; i < 10_000; i++) {
            double uniform = draws.uniform();
            assertThat(uniform).isBetween(0.0, 1.0);
            sum += uniform;
        }
        assertThat(sum / 10_000).isBetween(0.49, 0.51);
        assertThatThrownBy(() -> Draws.of(0, 0, 0).below(0)).hasMessageContaining("bound");
    }

    @Test
    void shufflingReachesEveryOrderEquallyOften() {
        int[] counts = new int[6];
        for (int index = 0; index < 6_000; index++) {
            int[] order = {0, 1, 2};
            Draws.of(5, 0, index).shuffle(order);
            counts[2 * order[0] + (order[1] < order[2] ? 0 : 1)]++;
        }
        for (int count : counts) {
            assertThat(count).isBetween(850, 1_150);
        }
    }
}
