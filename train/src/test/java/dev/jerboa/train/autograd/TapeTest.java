package dev.jerboa.train.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.train.data.Batch;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What runs when, and what takes memory when. */
class TapeTest {
    private static final int TOKENS = 32;
    private static final int COLS = 16;
    private static final long STATE = (long) Float.BYTES * TOKENS * COLS;

    private final Arena arena = Arena.ofShared();
    private final Team team = Team.ofSize(1);
    private final Tape tape = new Tape(OpsProvider.ops().gemm(), arena, TOKENS, team);
    private final List<String> log = new ArrayList<>();

    @AfterEach
    void close() {
        team.close();
        arena.close();
    }

    /** Adds one to what it reads, and says when it is run. */
    private final class Next implements Op {
        private final String name;
        private final Input x;
        private final Tensor out;

        Next(String name, Tensor x, Repeat repeat, boolean recalls) {
            this.name = name;
            this.x = recalls ? tape.use(x) : tape.use(x).forwardOnly();
            this.out = tape.tensor(name, x.cols());
            tape.add(this, repeat);
        }

        @Override
        public void forward(Pass pass) {
            log.add(name);
            for (int t = 0; t < pass.tokens(); t++) {
                for (int c = 0; c < x.cols(); c++) {
                    out.value().set(t, c, x.tensor().value().get(t, c) + 1);
                }
            }
        }

        @Override
        public void backward(Pass pass) {
            log.add("-" + name);
        }
    }

    private Tensor next(String name, Tensor x) {
        return new Next(name, x, Repeat.COSTLY, true).out;
    }

    private Tensor begin() {
        return new Embedding(tape, Parameter.of(arena, "table", 3, COLS), false).out();
    }

    private static Batch batch() {
        Batch batch = new Batch(4);
        batch.addSequence(new int[] {0, 1, 2, 1}, new float[4]);
        return batch;
    }

    private List<String> run() {
        tape.plan();
        tape.spoil();
        tape.forwardAndBackward(batch());
        return log;
    }

    @Test
    void withoutBlocksEverythingRunsOnce() {
        next("b", next("a", begin()));
        assertThat(run()).containsExactly("a", "b", "-b", "-a");
    }

    /** Only what backward reads is computed again, before the block's backward; the last block is not. */
    @Test
    void blocksAreComputedAgainFromTheirBorders() {
        Tensor x = begin();
        for (String block : new String[] {"a", "b", "c"}) {
            tape.beginBlock(Parts.ALL);
            x = next(block + "3", next(block + "2", next(block + "1", x)));
        }
        tape.endBlock();
        next("end", x);
        assertThat(run())
                .containsExactly(
                        "a1", "a2", "a3", "b1", "b2", "b3", "c1", "c2", "c3", "end", //
                        "-end", "-c3", "-c2", "-c1", //
                        "b1", "b2", "-b3", "-b2", "-b1", //
                        "a1", "a2", "-a3", "-a2", "-a1");
    }

    @Test
    void whatMayNotBeRepeatedIsKept() {
        tape.beginBlock(Parts.ALL);
        Tensor x = next("a", begin());
        Tensor y = new Next("once", x, Repeat.NEVER, true).out;
        next("c", next("b", y));
        tape.beginBlock(Parts.ALL);
        next("last", y);
        assertThat(run()).containsExactly("a", "once", "b", "c", "last", "-last", "a", "b", "-c", "-b", "-once", "-a");
    }

    /** Of costly operations the results are kept that backward or a cheap one reads; what no backward reads is nobody's. */
    @Test
    void streamsRepeatsWhatIsCheap() {
        tape.beginBlock(Parts.STREAMS);
        Tensor a = next("costly", begin());
        Tensor b = new Next("cheap", a, Repeat.CHEAP, true).out;
        Tensor c = new Next("unread", b, Repeat.CHEAP, true).out;
        new Next("sum", c, Repeat.CHEAP, false);
        tape.beginBlock(Parts.STREAMS);
        next("last", begin());
        assertThat(run())
                .containsExactly(
                        "costly", "cheap", "unread", "sum", "last", "-last", "cheap", "-sum", "-unread", "-cheap",
                        "-costly");
    }

    @Test
    void timesAreToldByWay() {
        tape.beginBlock(Parts.ALL);
        Tensor x = next("b", next("a", begin()));
        tape.beginBlock(Parts.ALL);
        next("c", x);
        tape.plan();
        tape.measure();
        tape.forwardAndBackward(batch());
        Tape.Time time = tape.times().stream()
                .filter(t -> t.kind().equals("Next"))
                .findFirst()
                .orElseThrow();
        assertThat(time.count()).isEqualTo(3);
        assertThat(time.againNanos()).isPositive();
        assertThat(time.nanos()).isEqualTo(time.forwardNanos() + time.againNanos() + time.backwardNanos());
    }

    /** The border of each block, and the inside of one. */
    @Test
    void aBlockMoreIsABorderMore() {
        long[] bytes = new long[3];
        for (int i = 0; i < 3; i++) {
            Tape longer = new Tape(OpsProvider.ops().gemm(), arena, TOKENS, team);
            Tensor x = new Embedding(longer, Parameter.of(arena, "table", 3, COLS), false).out();
            int blocks = i == 0 ? 8 : 16;
            for (int b = 0; b < blocks; b++) {
                if (i < 2) {
                    longer.beginBlock(Parts.ALL);
                }
                for (int l = 0; l < 5; l++) {
                    x = new RmsNorm(longer, x, Parameter.of(arena, "norm", COLS), 1e-6f).out();
                }
            }
            longer.plan();
            bytes[i] = longer.memory().shared();
        }
        assertThat(bytes[1] - bytes[0]).isEqualTo(8 * STATE);
        assertThat(bytes[1]).isLessThan(30 * STATE);
        assertThat(bytes[2]).isGreaterThan(80 * STATE);
    }

    @Test
    void memoryIsTold() {
        next("b", next("a", begin()));
        assertThatThrownBy(tape::memory)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not planned");
        tape.scratch(1000);
        tape.plan();
        Tape.Memory memory = tape.memory();
        assertThat(memory.shared()).isEqualTo(3 * STATE);
        assertThat(memory.values() + memory.gradients() + memory.tables()).isEqualTo(3 * STATE);
        assertThat(memory.scratch()).isGreaterThanOrEqualTo(4000);
        assertThat(memory.total()).isEqualTo(memory.shared() + memory.scratch());
    }

    @Test
    void forwardOnlyKeepsNothing() {
        Tape forward = Tape.forwardOnly(OpsProvider.ops().gemm(), arena, TOKENS, team);
        Tensor x = new Embedding(forward, Parameter.of(arena, "table", 3, COLS), false).out();
        for (int l = 0; l < 9; l++) {
            x = new RmsNorm(forward, x, Parameter.of(arena, "norm", COLS), 1e-6f).out();
        }
        x.keep();
        forward.plan();
        forward.forward(batch());
        assertThat(forward.memory().values()).isLessThanOrEqualTo(3 * STATE);
        assertThat(forward.memory().gradients()).isZero();
        assertThatThrownBy(() -> forward.forwardAndBackward(batch()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("forward passes only");
    }
}
