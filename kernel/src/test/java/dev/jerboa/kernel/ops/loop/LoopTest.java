package dev.jerboa.kernel.ops.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.OpsProvider;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoopTest {
    private static final LoopSpec SOFTMAX = LoopBuilder.of("softmax", l -> {
        l.each(0, 2);
        Value max = l.max(l.load(0));
        l.each(0, 2);
        Value e = l.load(0).sub(max).exp();
        l.store(1, e);
        Value sum = l.sum(e);
        l.row();
        Value inverse = l.constant(1).div(sum);
        l.each(0);
        l.store(1, l.load(1).mul(inverse));
        l.row();
        l.store(2, 0, sum);
    });

    private static final List<Loop> TIERS =
            List.of(new InterpretedLoop(SOFTMAX), OpsProvider.ops().loop(SOFTMAX));

    @Test
    void rowsOfGrowingLength() {
        for (Loop loop : TIERS) {
            try (Arena arena = Arena.ofConfined()) {
                FloatRows x = FloatRows.allocate(arena, 5, 40);
                FloatRows out = FloatRows.allocate(arena, 5, 40);
                FloatRows sums = FloatRows.allocate(arena, 5, 1);
                for (int t = 0; t < 5; t++) {
                    for (int i = 0; i < 40; i++) {
                        x.set(t, i, (float) Math.sin(t + 3 * i));
                    }
                }
                loop.call()
                        .at(0, x.data().address(), 160)
                        .at(1, out.data().address(), 160)
                        .at(2, sums.data().address(), 4)
                        .count(0, 17, 5)
                        .run(5);
                for (int t = 0; t < 5; t++) {
                    int n = 17 + 5 * t;
                    double max = Double.NEGATIVE_INFINITY;
                    for (int i = 0; i < n; i++) {
                        max = Math.max(max, x.get(t, i));
                    }
                    double sum = 0;
                    for (int i = 0; i < n; i++) {
                        sum += Math.exp(x.get(t, i) - max);
                    }
                    assertThat((double) sums.get(t, 0)).isCloseTo(sum, within(1e-5 * sum));
                    for (int i = 0; i < 40; i++) {
                        double expected = i < n ? Math.exp(x.get(t, i) - max) / sum : 0;
                        assertThat((double) out.get(t, i))
                                .as("%s %d %d", loop, t, i)
                                .isCloseTo(expected, within(1e-6));
                    }
                }
            }
        }
    }

    @Test
    void equalDescriptionsAreEqual() {
        assertThat(scaled(2)).isEqualTo(scaled(2)).hasSameHashCodeAs(scaled(2)).isNotEqualTo(scaled(3));
    }

    private static LoopSpec scaled(float by) {
        return LoopBuilder.of("scaled", l -> {
            l.each(0);
            l.store(0, l.load(0).mul(by));
        });
    }

    @Test
    void mistakesOfDescriptionAreTold() {
        assertThatThrownBy(() -> LoopBuilder.of("early", l -> {
                    l.each(0);
                    Value sum = l.sum(l.load(0));
                    l.store(0, sum);
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("before it is known");
        assertThatThrownBy(() -> LoopBuilder.of("far", l -> {
                    l.each(0);
                    Value x = l.load(0);
                    l.each(0);
                    l.store(0, x);
                }))
                .hasMessageContaining("outside of the loop");
        assertThatThrownBy(() -> LoopBuilder.of("many", l -> {
                    l.each(0);
                    l.store(LoopSpec.MAX_POINTERS, l.load(0));
                }))
                .hasMessageContaining("pointers");
    }
}
