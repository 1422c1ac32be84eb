package dev.jerboa.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TurnsTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void everyItemIsTakenOnce(int size) {
        Turns turns = new Turns();
        try (Team team = Team.ofSize(size)) {
            for (int grain : new int[] {1, 4, 32}) {
                for (int items : new int[] {0, 1, 31, 32, 33, 100, 1000, 4097}) {
                    AtomicIntegerArray taken = new AtomicIntegerArray(items);
                    turns.reset();
                    team.run(worker -> turns.of(worker).share(items, grain, (from, to) -> {
                        assertThat(from % grain).isZero();
                        assertThat(to == items || to % grain == 0).isTrue();
                        for (int i = from; i < to; i++) {
                            taken.incrementAndGet(i);
                        }
                    }));
                    for (int i = 0; i < items; i++) {
                        assertThat(taken.get(i)).as("item %d of %d", i, items).isEqualTo(1);
                    }
                }
            }
        }
    }

    /** One worker waits until another has taken all that may be taken: only what is a worker's own is left for it. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void whoeverIsFreeTakesWhatIsLeft(int slow) {
        Turns turns = new Turns();
        int[] items = new int[2];
        try (Team team = Team.ofSize(2)) {
            team.run(worker -> {
                if (worker.id() == slow) {
                    worker.barrier();
                }
                turns.of(worker).share(6400, 1, (from, to) -> items[worker.id()] += to - from);
                if (worker.id() != slow) {
                    worker.barrier();
                }
            });
        }
        assertThat(items[slow]).isEqualTo(2400);
        assertThat(items[1 - slow]).isEqualTo(4000);
    }
}
