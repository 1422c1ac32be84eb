package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Weights of any type made of random bytes: every code and every scale that gives values of a moderate size. */
public final class RandomWeights {
    private static final float LARGEST = 1_000;

    private RandomWeights() {}

    /** Types that weights come in. */
    public static List<DType> types() {
        return Stream.of(DType.values())
                .filter(type -> switch (type) {
                    case I8, I16, I32, I64, U8, U16, U32, U64, F64, BOOL, F8_E8M0 -> false;
                    default -> true;
                })
                .toList();
    }

    /** Whole blocks of {@code count} values at an odd address. */
    public static MemorySegment values(Arena arena, DType type, int count, Random random) {
        MemorySegment data = arena.allocate(type.bytes(count) + 1, 64).asSlice(1);
        byte[] block = new byte[type.blockBytes()];
        float[] decoded = new float[type.blockSize()];
        for (long at = 0; at < data.byteSize(); at += block.length) {
            do {
                random.nextBytes(block);
                type.decode(MemorySegment.ofArray(block), 0, decoded, 0, decoded.length);
            } while (!moderate(decoded));
            MemorySegment.copy(block, 0, data, ValueLayout.JAVA_BYTE, at, block.length);
        }
        return data;
    }

    private static boolean moderate(float[] values) {
        for (float value : values) {
            if (!(Math.abs(value) <= LARGEST)) {
                return false;
            }
        }
        return true;
    }

    /** A matrix of random blocks. */
    public static Matrix matrix(Arena arena, DType type, int rows, int cols, Random random) {
        return new Matrix(type, rows, cols, values(arena, type, rows * cols, random));
    }
}
