package dev.jerboa.train.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.train.autograd.Layout.Demand;
import dev.jerboa.train.autograd.Layout.Kind;
import dev.jerboa.train.autograd.Layout.Span;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LayoutTest {
    private static final int STEPS = 40;

    private static Demand demand(Random random) {
        Table table = new Table(random.nextInt(1, 9), random.nextInt(0, 30));
        int[] ends = random.ints(4, 0, STEPS).distinct().sorted().toArray();
        List<Span> spans = ends.length == 4
                ? List.of(new Span(ends[0], ends[1]), new Span(ends[2], ends[3]))
                : List.of(new Span(ends[0], ends[0]));
        return new Demand(Kind.values()[random.nextInt(3)], table, spans);
    }

    private static boolean overlap(Table a, Table b) {
        return a.address(0) < b.address(0) + b.bytes() && b.address(0) < a.address(0) + a.bytes();
    }

    /** Nothing that is needed together lies together, everything is aligned, and little is wasted. */
    @Test
    void nothingThatIsNeededTogetherLiesTogether() {
        Random random = new Random(11);
        int shared = 0;
        for (int run = 0; run < 50; run++) {
            List<Demand> demands = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                demands.add(demand(random));
            }
            try (Arena arena = Arena.ofConfined()) {
                Layout layout = new Layout(demands);
                layout.allocate(arena);
                long first = Long.MAX_VALUE;
                for (Demand demand : demands) {
                    if (demand.table().bytes() > 0) {
                        first = Math.min(first, demand.table().address(0));
                    }
                }
                for (Demand a : demands) {
                    if (a.table().bytes() > 0) {
                        assertThat(a.table().address(0) % FloatRows.ALIGNMENT).isZero();
                        assertThat(a.table().address(0) + a.table().bytes())
                                .isLessThanOrEqualTo(first + layout.bytes());
                    }
                    for (Demand b : demands) {
                        if (a != b && overlap(a.table(), b.table())) {
                            assertThat(a.meets(b)).isFalse();
                            shared++;
                        }
                    }
                }
                long least = Arrays.stream(layout.fullest(STEPS)).sum();
                assertThat(layout.bytes()).isGreaterThanOrEqualTo(least).isLessThan(2 * least);
            }
        }
        assertThat(shared).isPositive();
    }

    @Test
    void theFullestStepIsTold() {
        List<Demand> demands = List.of(
                new Demand(Kind.VALUE, new Table(2, 16), List.of(new Span(0, 1), new Span(4, 5))),
                new Demand(Kind.GRADIENT, new Table(1, 16), List.of(new Span(1, 3))),
                new Demand(Kind.TABLE, new Table(3, 16), List.of(new Span(2, 3), new Span(5, 5))));
        Layout layout = new Layout(demands);
        assertThat(layout.fullest(6)).containsExactly(128, 0, 192); // at step 5
        assertThat(layout.bytes()).isEqualTo(384); // each meets the others
    }
}
