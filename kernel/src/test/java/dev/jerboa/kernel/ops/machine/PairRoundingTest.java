package dev.jerboa.kernel.ops.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.ops.machine.GuardedMemory.Edge;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PairRoundingTest {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final List<Routines> TARGETS = Targets.here().stream()
            .filter(routines -> routines.target().isa().bfloat16())
            .toList();

    static {
        if (TARGETS.isEmpty()) {
            System.out.println("SKIPPED: rounding to pairs of bfloat16, which this processor cannot multiply");
        }
    }

    /** Any bits at all: ties, the smallest and the largest magnitudes, infinities, NaNs. */
    @Property(tries = 150)
    void everyFloatGoesToTheNearest(
            @ForAll @IntRange(min = 1, max = 4) int rows,
            @ForAll @IntRange(min = 1, max = 5) int blocks,
            @ForAll @IntRange(min = 0, max = 5) int gap,
            @ForAll Edge edge,
            @ForAll long seed) {
        Random random = new Random(seed);
        int cols = PairRounding.INPUTS * blocks;
        int width = cols + gap;
        float[] x = new float[(rows - 1) * width + cols];
        int[] ends = {0x0000, 0x0080, 0x007F, 0x3F80, 0x7F7F, 0x7F80, 0x7FC0, 0x8000, 0x8080, 0xFF7F, 0xFF80, 0xFF81};
        for (int i = 0; i < x.length; i++) {
            int high = random.nextBoolean() ? random.nextInt() : ends[random.nextInt(ends.length)] << 16;
            int low = new int[] {0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF, random.nextInt(1 << 16)}[random.nextInt(7)];
            x[i] = Float.intBitsToFloat(high & 0xFFFF0000 | low);
        }
        for (Routines routines : TARGETS) {
            try (GuardedMemory memory = new GuardedMemory();
                    Arena arena = Arena.ofConfined()) {
                MemorySegment from = memory.floats(x, edge);
                MemorySegment to = memory.buffer(2L * rows * cols, edge);
                new PairRounding(routines)
                        .run(new Arguments(arena), from.address(), 4L * width, to.address(), 2L * cols, rows, cols);
                for (int i = 0; i < rows * cols; i++) {
                    float value = x[i / cols * width + i % cols];
                    assertThat(to.getAtIndex(SHORT, i))
                            .as("%s, %08x", value, Float.floatToRawIntBits(value))
                            .isEqualTo(rounded(value));
                }
            }
        }
    }

    /** Rows of no whole number of elements are refused. */
    @Test
    void oddRowsAreRefused() {
        for (Routines routines : TARGETS) {
            try (Arena arena = Arena.ofConfined()) {
                assertThatThrownBy(() -> new PairRounding(routines).run(new Arguments(arena), 0, 0, 0, 0, 1, 31))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("31");
            }
        }
    }

    /** To the nearest bfloat16, ties to even, magnitudes below the smallest normal number to zero. */
    static short rounded(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >> 16 | 0x40);
        }
        if (Math.abs(value) < Float.MIN_NORMAL) {
            return (short) (bits >> 16 & 0x8000);
        }
        return (short) (bits + 0x7FFF + (bits >> 16 & 1) >> 16);
    }
}
