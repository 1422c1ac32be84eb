package dev.jerboa.kernel.encode;

import dev.jerboa.kernel.dtype.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Encodes rows of float32 in any {@link DType#encodable encodable} type, to the bytes that {@link DType#encode} gives. For one
 * thread; what it works in belongs to the arena.
 */
public final class RowEncoder {
    private final FusedSearch search;

    public RowEncoder(Arena arena) {
        search = new FusedSearch(arena);
    }

    /**
     * Encodes {@code count} values of whole blocks.
     *
     * @param importances how much the squared error of each of {@code src} matters, or null for all alike
     */
    public void encode(
            DType type, float[] src, float @Nullable [] importances, int from, int count, MemorySegment dst, long at) {
        type.encode(src, importances, from, count, dst, at, search);
    }
}
