package dev.jerboa.kernel.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PageArenaTest {
    @Property(tries = 50)
    void allocationsAreZeroAlignedAndApart(
            @ForAll @Size(min = 1, max = 20) List<@LongRange(min = 0, max = 9_000_000) Long> sizes,
            @ForAll @IntRange(max = 22) int shift) {
        try (PageArena arena = new PageArena()) {
            List<MemorySegment> all = new ArrayList<>();
            long sum = 0;
            for (int i = 0; i < sizes.size(); i++) {
                long alignment = 1L << (shift + i) % 23;
                MemorySegment memory = arena.allocate(sizes.get(i), alignment);
                assertThat(memory.byteSize()).isEqualTo(sizes.get(i));
                assertThat(memory.address() % alignment).isZero();
                for (MemorySegment other : all) {
                    assertThat(memory.asOverlappingSlice(other)).isEmpty();
                }
                if (memory.byteSize() > 0) {
                    assertThat(memory.get(ValueLayout.JAVA_BYTE, 0)).isZero();
                    assertThat(memory.get(ValueLayout.JAVA_BYTE, memory.byteSize() - 1))
                            .isZero();
                    memory.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
                    memory.set(ValueLayout.JAVA_BYTE, memory.byteSize() - 1, (byte) 1);
                }
                all.add(memory);
                sum += memory.byteSize();
            }
            assertThat(arena.allocatedBytes()).isEqualTo(sum);
        }
    }

    @Test
    void largeAllocationsHaveBlocksOfTheirOwn() {
        try (PageArena arena = new PageArena()) {
            for (long alignment : new long[] {1, 64, 4096, 1 << 21, 1 << 24}) {
                MemorySegment memory = arena.allocate((65 << 20) + 1, alignment);
                assertThat(memory.address() % alignment).isZero();
                assertThat(memory.byteSize()).isEqualTo((65 << 20) + 1);
                memory.set(ValueLayout.JAVA_BYTE, 65 << 20, (byte) 1);
            }
            assertThat(arena.huge()).isEqualTo(NativePages.hugePages().offered());
        }
    }

    @Test
    void memoryEndsWithTheArena() {
        PageArena arena = new PageArena();
        MemorySegment memory = arena.allocate(1000, 64);
        assertThat(arena.scope().isAlive()).isTrue();
        arena.close();
        assertThat(arena.scope().isAlive()).isFalse();
        assertThatThrownBy(() -> memory.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> arena.allocate(10, 1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void impossibleAllocationsAreRefused() {
        try (PageArena arena = new PageArena()) {
            assertThatThrownBy(() -> arena.allocate(-1, 1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> arena.allocate(1, 3)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> arena.allocate(1, 0)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
