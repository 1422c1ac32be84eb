package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VMOVUPS;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VMOVUPS_STORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.ExecutableMemory;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The parts of the softmax by themselves. */
class AttentionSoftmaxTest {
    /** Loads {@code x.length / lanes} vectors, lets {@code body} change them, and returns what vector 0 holds. */
    private static float[] run(Target target, float[] x, Consumer<Assembler> body) {
        Assembler a = target.assembler("part of a softmax");
        target.convention().enter(a);
        for (int i = 0; i < x.length / target.lanes(); i++) {
            a.op(VMOVUPS, target.vec(i), Mem.at(Gpr.RDI, i * target.isa().vectorBytes()));
        }
        body.accept(a);
        a.op(VMOVUPS_STORE, Mem.at(Gpr.RDI), target.vec(0));
        target.convention().leave(a);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(4L * x.length, 64);
            MemorySegment.copy(x, 0, memory, ValueLayout.JAVA_FLOAT, 0, x.length);
            ExecutableMemory.place(a.finish(), arena).call(memory.address());
            return memory.asSlice(0, 4L * target.lanes()).toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    @Test
    void theLargestOfEachRowIsFound() {
        Random random = new Random(4);
        for (Routines routines : Targets.here()) {
            Target target = routines.target();
            int lanes = target.lanes();
            for (int rows = 1; rows <= RowMaxima.ROWS; rows++) {
                for (int at = 0; at < lanes; at++) {
                    float[] x = new float[rows * lanes];
                    for (int i = 0; i < x.length; i++) {
                        x[i] = random.nextFloat();
                    }
                    for (int row = 0; row < rows; row++) {
                        x[row * lanes + (at + row) % lanes] = 2 + row;
                    }
                    int count = rows;
                    float[] found = run(target, x, a -> new RowMaxima(a, target).emit(count));
                    for (int row = 0; row < rows; row++) {
                        assertThat(found[row])
                                .as("%s row %d of %d, largest in lane %d", target.isa(), row, rows, at)
                                .isEqualTo(2 + row);
                    }
                }
            }
        }
    }

    @Test
    void powersOfTwoAreAsGoodAsRoundedWeightsNeed() {
        for (Routines routines : Targets.here()) {
            Target target = routines.target();
            if (!target.isa().wide()) {
                continue;
            }
            for (int i = 0; i < 250; i++) {
                float[] x = new float[target.lanes()];
                for (int lane = 0; lane < x.length; lane++) {
                    x[lane] = -(i * x.length + lane) / 31f;
                }
                float[] found = powers(target, x);
                for (int lane = 0; lane < x.length; lane++) {
                    double expected = Math.pow(2, x[lane]);
                    assertThat((double) found[lane])
                            .as("2 to the %s", x[lane])
                            .isCloseTo(expected, within(9e-5 * expected + Float.MIN_NORMAL));
                }
            }
            float[] ends = {0f, -0f, -1, -20, Float.NEGATIVE_INFINITY, -Float.MAX_VALUE, Float.NaN, -1000};
            float[] found = powers(target, Arrays.copyOf(ends, target.lanes()));
            assertThat(Arrays.copyOf(found, ends.length)).containsExactly(1, 1, 0.5f, 0x1p-20f, 0, 0, Float.NaN, 0);
        }
    }

    private static float[] powers(Target target, float[] x) {
        return run(
                target, x, a -> new RoundedPowerOfTwo(a, target, 16).emit(target.vec(0), target.vec(1), target.vec(2)));
    }
}
