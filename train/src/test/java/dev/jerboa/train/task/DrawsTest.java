package dev.jerboa.train.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.LinkedHashMap;
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

    @Test
    void mixturesDrawByWeight() {
        LinkedHashMap<Task, Double> weights = new LinkedHashMap<>();
        weights.put(named("a"), 1.0);
        weights.put(named("b"), 3.0);
        Mixture mixture = new Mixture(weights);
        int b = 0;
        for (int index = 0; index < 10_000; index++) {
            b += mixture.example(Draws.of(1, 0, index)).problem().task().equals("b") ? 1 : 0;
        }
        assertThat(b).isBetween(7_300, 7_700);
        weights.put(named("c"), 0.0);
        assertThatThrownBy(() -> new Mixture(weights)).hasMessageContaining("c has the weight 0.0");
    }

    private static Task named(String name) {
        return new Task() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Example example(Draws draws) {
                int number = draws.below(10);
                return Example.good(
                        new Problem(name, name + number, Language.ENGLISH, "?", "", Check.Number.of(number)), "");
            }
        };
    }

    /** Wilson's interval as tabulated by independent calculators. */
    @Test
    void accuracyHasWilsonsInterval() {
        Accuracy some = new Accuracy(81, 263);
        assertThat(some.low()).isCloseTo(0.2553, org.assertj.core.api.Assertions.within(1e-4));
        assertThat(some.high()).isCloseTo(0.3662, org.assertj.core.api.Assertions.within(1e-4));
        Accuracy all = new Accuracy(10, 10);
        assertThat(all.low()).isCloseTo(0.7225, org.assertj.core.api.Assertions.within(1e-4));
        assertThat(all.high()).isEqualTo(1);
        assertThat(new Accuracy(0, 0).high()).isEqualTo(1);
        assertThat(all).hasToString("100.0 % (72.2–100.0 %, n = 10)");
        assertThatThrownBy(() -> new Accuracy(2, 1)).hasMessageContaining("2 right answers of 1");
    }
}
