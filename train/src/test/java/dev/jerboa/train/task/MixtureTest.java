package dev.jerboa.train.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.train.random.Draws;
import java.util.LinkedHashMap;
import org.junit.jupiter.api.Test;

class MixtureTest {
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
            public Example example(Draws draws, Wordings wordings) {
                int number = draws.below(10);
                return Example.good(
                        new Problem(name, name + number, Language.ENGLISH, "?", "", Check.Number.of(number)), "");
            }
        };
    }
}
