package dev.jerboa.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TeamTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5})
    void everyWorkerRunsTheJobOnceAndKnowsItsPlace(int size) {
        try (Team team = Team.ofSize(size)) {
            for (int round = 0; round < 100; round++) {
                int[] runs = new int[size];
                team.run(worker -> {
                    assertThat(worker.count()).isEqualTo(size);
                    runs[worker.id()]++;
                });
                assertThat(runs).containsOnly(1);
            }
        }
    }

    @Test
    void theCallerIsWorkerZeroAndATeamOfOneHasNoOtherThread() {
        try (Team team = Team.ofSize(1)) {
            AtomicReference<Thread> ran = new AtomicReference<>();
            team.run(worker -> {
                worker.barrier();
                ran.set(Thread.currentThread());
            });
            assertThat(ran.get()).isSameAs(Thread.currentThread());
        }
    }

    /** Plain writes before a barrier are seen after it: each worker checks its neighbour's cell of the last stage. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void whatWasWrittenBeforeABarrierIsSeenAfterIt(int size) {
        int stages = size <= 2 ? 20_000 : 3_000;
        int[] cells = new int[size * 64];
        try (Team team = Team.ofSize(size)) {
            for (int round = 0; round < 5; round++) {
                team.run(worker -> {
                    int mine = worker.id() * 64;
                    int next = (worker.id() + 1) % size * 64;
                    for (int stage = 1; stage <= stages; stage++) {
                        cells[mine] = stage;
                        worker.barrier();
                        if (cells[next] != stage) {
                            throw new AssertionError("stage " + stage + " saw " + cells[next]);
                        }
                        worker.barrier();
                    }
                });
            }
        }
    }

    /** Waiters that had time to park are woken. */
    @Test
    void slowWorkersAreWaitedFor() {
        try (Team team = Team.ofSize(3)) {
            AtomicInteger arrived = new AtomicInteger();
            team.run(worker -> {
                for (int stage = 1; stage <= 3; stage++) {
                    if (worker.id() == stage % 3) {
                        sleep(30);
                    }
                    arrived.incrementAndGet();
                    worker.barrier();
                    if (arrived.get() < 3 * stage) {
                        throw new AssertionError("passed a barrier early");
                    }
                    worker.barrier();
                }
            });
            sleep(30); // members park between jobs
            team.run(worker -> arrived.incrementAndGet());
            assertThat(arrived).hasValue(12);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aFailureFreesTheOthersAndComesOutOfRun(int failing) {
        try (Team team = Team.ofSize(3)) {
            for (int round = 0; round < 200; round++) {
                boolean slow = round % 50 == 0;
                assertThatThrownBy(() -> team.run(worker -> {
                            if (worker.id() == failing) {
                                if (slow) {
                                    sleep(5);
                                }
                                throw new UnsupportedOperationException("worker " + failing);
                            }
                            worker.barrier();
                        }))
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessage("worker " + failing)
                        .hasNoSuppressedExceptions();
                AtomicInteger ran = new AtomicInteger();
                team.run(worker -> {
                    worker.barrier();
                    ran.incrementAndGet();
                });
                assertThat(ran).hasValue(3);
            }
        }
    }

    /** Whoever waits for something else than a barrier asks whether it can still come. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    @Timeout(60)
    void aFailureEndsOtherWaits(int failing) {
        try (Team team = Team.ofSize(3)) {
            AtomicInteger never = new AtomicInteger();
            assertThatThrownBy(() -> team.run(worker -> {
                        if (worker.id() == failing) {
                            throw new UnsupportedOperationException("worker " + failing);
                        }
                        while (never.get() == 0) {
                            worker.inParts(3).checkOthers();
                        }
                    }))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasNoSuppressedExceptions();
            team.run(worker -> {
                worker.checkOthers();
                worker.barrier();
                never.incrementAndGet();
            });
            assertThat(never).hasValue(3);
        }
    }

    @Test
    void allFailuresAreTold() {
        try (Team team = Team.ofSize(3)) {
            assertThatThrownBy(() -> team.run(worker -> {
                        throw new IllegalArgumentException("worker " + worker.id());
                    }))
                    .isInstanceOf(IllegalArgumentException.class)
                    .satisfies(e -> assertThat(e.getSuppressed()).hasSize(2));
        }
    }

    @Test
    void anErrorComesOutAsItIs() {
        try (Team team = Team.ofSize(2)) {
            assertThatThrownBy(() -> team.run(worker -> {
                        throw new StackOverflowError("deep");
                    }))
                    .isInstanceOf(StackOverflowError.class);
        }
    }

    @Test
    void barriersThatDoNotMatchAreAnErrorNotAHang() {
        try (Team team = Team.ofSize(2)) {
            for (int round = 0; round < 20; round++) {
                assertThatThrownBy(() -> team.run(worker -> {
                            worker.barrier();
                            if (worker.id() == 1) {
                                worker.barrier();
                            }
                        }))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("same barriers");
            }
        }
    }

    @Test
    void aJobMayNotRunAnotherOnItsTeam() {
        try (Team team = Team.ofSize(2)) {
            for (int who = 0; who < 2; who++) {
                int nesting = who;
                assertThatThrownBy(() -> team.run(worker -> {
                            if (worker.id() == nesting) {
                                team.run(inner -> {});
                            }
                        }))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("inside a job");
                assertThatThrownBy(() -> team.run(worker -> {
                            if (worker.id() == nesting) {
                                team.close();
                            }
                        }))
                        .isInstanceOf(IllegalStateException.class);
            }
            team.run(Worker::barrier);
        }
    }

    @Test
    void anInterruptDoesNotCutAJobShortAndIsKept() {
        try (Team team = Team.ofSize(2)) {
            int[] done = new int[2];
            Thread.currentThread().interrupt();
            team.run(worker -> {
                if (worker.id() == 1) {
                    sleep(30);
                }
                worker.barrier();
                done[worker.id()] = 1;
            });
            assertThat(Thread.interrupted()).isTrue();
            assertThat(done).containsOnly(1);
            Thread caller = Thread.currentThread();
            team.run(worker -> {
                if (worker.id() == 1) {
                    sleep(10);
                    caller.interrupt();
                    sleep(10);
                }
                worker.barrier();
            });
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void callersTakeTurns() throws InterruptedException {
        try (Team team = Team.ofSize(2)) {
            int[] counts = new int[2];
            List<Thread> callers = new ArrayList<>();
            CountDownLatch start = new CountDownLatch(1);
            for (int i = 0; i < 4; i++) {
                callers.add((i % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual()).start(() -> {
                    try {
                        start.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    for (int round = 0; round < 500; round++) {
                        team.run(worker -> {
                            counts[worker.id()]++;
                            worker.barrier();
                        });
                    }
                }));
            }
            start.countDown();
            for (Thread caller : callers) {
                caller.join();
            }
            assertThat(counts).containsOnly(2_000);
        }
    }

    @Test
    void aClosedTeamRefusesAndItsThreadsEnd() {
        Team team = Team.ofSize(3);
        List<Thread> threads = new ArrayList<>();
        team.run(worker -> {
            synchronized (threads) {
                if (worker.id() > 0) {
                    threads.add(Thread.currentThread());
                }
            }
        });
        team.close();
        team.close();
        assertThat(threads).hasSize(2).allSatisfy(thread -> {
            assertThat(thread.isAlive()).isFalse();
            assertThat(thread.isDaemon()).isTrue();
        });
        assertThatThrownBy(() -> team.run(worker -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> Team.ofSize(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void sharesCoverEverythingOnceInWholeGrains() {
        for (int count = 1; count <= 5; count++) {
            for (int items : new int[] {0, 1, 31, 32, 33, 64, 100, 1_000}) {
                int next = 0;
                for (int id = 0; id < count; id++) {
                    Worker worker = new FixedWorker(id, count);
                    assertThat(worker.from(items, 32)).isEqualTo(next);
                    assertThat(next % 32 == 0 || next == items).isTrue();
                    next = worker.to(items, 32);
                }
                assertThat(next).isEqualTo(items);
            }
        }
    }

    private record FixedWorker(int id, int count) implements Worker {
        @Override
        public void barrier() {}

        @Override
        public void checkOthers() {}
    }

    private static void sleep(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
