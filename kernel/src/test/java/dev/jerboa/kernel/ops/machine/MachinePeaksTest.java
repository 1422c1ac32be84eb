package dev.jerboa.kernel.ops.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.NativePages;
import dev.jerboa.kernel.ops.Peaks;
import dev.jerboa.kernel.ops.machine.asm.ExecutableMemory;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The loops do the work that is counted: their sums say how much was done. */
class MachinePeaksTest {
    @Test
    void multiplyAddsAreDone() {
        Targets.here().forEach(routines -> multiplyAddsAreDone(routines.target()));
    }

    private static void multiplyAddsAreDone(Target target) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sums = run(arena, MachinePeaks.multiplyAdd(target), 1000, MemorySegment.NULL);
            for (int i = 0; i < MachinePeaks.SUMS * target.lanes(); i++) {
                assertThat(sums.getAtIndex(ValueLayout.JAVA_FLOAT, i)).isEqualTo(1000 * 0.5f * 0.25f);
            }
        }
    }

    @Test
    void byteProductsAreDone() {
        Targets.here().forEach(routines -> byteProductsAreDone(routines.target()));
    }

    private static void byteProductsAreDone(Target target) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sums = run(arena, MachinePeaks.byteProduct(target), 1000, MemorySegment.NULL);
            for (int i = 0; i < MachinePeaks.SUMS * target.lanes(); i++) {
                // 0.5f and 0.25f are 3F000000 and 3E800000: of their bytes only the highest meet
                assertThat(sums.getAtIndex(ValueLayout.JAVA_INT, i)).isEqualTo(1000 * 0x3F * 0x3E);
            }
        }
    }

    @Test
    void everyByteIsRead() {
        Targets.here().forEach(routines -> everyByteIsRead(routines.target()));
    }

    private static void everyByteIsRead(Target target) {
        int turns = 37;
        int ints = turns * MachinePeaks.READS * target.lanes();
        Random random = new Random(5);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(ints * 4L, 64);
            int expected = 0;
            for (int i = 0; i < ints; i++) {
                int value = random.nextInt();
                memory.setAtIndex(ValueLayout.JAVA_INT, i, value);
                expected += value;
            }
            MemorySegment sums = run(arena, MachinePeaks.read(target), turns, memory);
            int sum = 0;
            for (int i = 0; i < MachinePeaks.READS * target.lanes(); i++) {
                sum += sums.getAtIndex(ValueLayout.JAVA_INT, i);
            }
            assertThat(sum).isEqualTo(expected);
        }
    }

    @Test
    void everyPeakIsMeasured() {
        Peaks peaks = Peaks.here().orElse(null);
        Assumptions.assumeTrue(peaks != null, "no loops can be emitted for this machine");
        try (Team team = Team.ofSize(1)) {
            assertThat(peaks.multiplyAdds(team)).isPositive().isFinite();
            assertThat(peaks.byteProducts(team)).isPositive().isFinite();
            assertThat(peaks.reads(team, NativePages.Use.HUGE)).isPositive().isFinite();
        }
    }

    private static MemorySegment run(Arena arena, MachineCode code, long turns, MemorySegment memory) {
        MemorySegment sums = arena.allocate(MachinePeaks.RESULT_BYTES, 64);
        Arguments arguments = new Arguments(arena)
                .set(MachinePeaks.TURNS, turns)
                .set(MachinePeaks.MEMORY, memory.address())
                .set(MachinePeaks.RESULT, sums.address());
        ExecutableMemory.place(code, arena).call(arguments.address());
        return sums;
    }
}
