package dev.jerboa.kernel.ops.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.RandomWeights;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Vector decoders give the values of {@link DType#decode}. */
class DecodersTest {
    private static final Set<DType> MINIMUM = EnumSet.of(DType.Q4_1, DType.Q5_1, DType.Q2_K, DType.Q4_K, DType.Q5_K);

    static List<DType> known() {
        return Stream.of(DType.values())
                .filter(type -> Decoders.of(type) != null)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("known")
    void randomBlocks(DType type) {
        Random random = new Random(1);
        for (int blocks : new int[] {1, 2, 3, 5, 17, 40}) {
            try (Arena arena = Arena.ofConfined()) {
                int count = blocks * type.blockSize();
                check(type, RandomWeights.values(arena, type, count, random), count, arena);
            }
        }
    }

    /** Every code of the types without blocks: subnormals, infinities and NaNs too. */
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "BF16", "F8_E4M3"})
    void everyCode(DType type) {
        try (Arena arena = Arena.ofConfined()) {
            int codes = 1 << 8 * type.blockBytes();
            MemorySegment data = arena.allocate(type.bytes(codes));
            for (int code = 0; code < codes; code++) {
                for (int b = 0; b < type.blockBytes(); b++) {
                    data.set(java.lang.foreign.ValueLayout.JAVA_BYTE, (long) code * type.blockBytes() + b, (byte)
                            (code >> 8 * b));
                }
            }
            check(type, data, codes, arena);
        }
    }

    @Test
    void scalesThatAreNotNumbersStayNotNumbers() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(DType.MXFP4.blockBytes());
            block.fill((byte) 0xff);
            check(DType.MXFP4, block, 32, arena);
            MemorySegment half = arena.allocate(DType.Q8_0.blockBytes());
            half.fill((byte) 0x7f);
            check(DType.Q8_0, half, 32, arena);
        }
    }

    private static void check(DType type, MemorySegment data, int count, Arena arena) {
        float[] expected = new float[count];
        type.decode(data, 0, expected, 0, count);
        FloatRows found = FloatRows.allocate(arena, 1, count + 1);
        found.set(0, count, 42);
        long codes = arena.allocate(Decoders.SCRATCH_BYTES).address();
        Objects.requireNonNull(Decoders.of(type))
                .decode(data.address(), data.address() + data.byteSize(), Lanes.address(found, 0), codes);
        // Scale × code and minimum may cancel: then one rounding and two differ by an ulp of the larger part.
        float tolerance = 0;
        for (int i = 0; i < count; i++) {
            if (MINIMUM.contains(type) && i % type.blockSize() == 0) {
                tolerance = 4 * Math.ulp(largest(expected, i, type.blockSize()));
            }
            float value = found.get(0, i);
            assertThat(value == expected[i]
                            || Math.abs(value - expected[i]) <= tolerance
                            || Float.isNaN(value) && Float.isNaN(expected[i]))
                    .as("%s value %d of %d: found %s, expected %s", type, i, count, value, expected[i])
                    .isTrue();
        }
        assertThat(found.get(0, count)).isEqualTo(42);
    }

    private static float largest(float[] values, int from, int count) {
        float largest = 0;
        for (int i = from; i < from + count; i++) {
            largest = Math.max(largest, Math.abs(values[i]));
        }
        return largest;
    }
}
