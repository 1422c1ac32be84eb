package dev.jerboa.kernel.ops.vector;

import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A thread's working memory: one stretch of native memory for whatever operation runs, and one row on the heap. Both grow by
 * doubling and never shrink; the garbage collector frees them after the thread has ended.
 */
final class Scratch {
    /** Attention with this scratch. */
    final Attention attention = new Attention(this);

    private MemorySegment memory = MemorySegment.NULL;
    private float[] row = {};

    /** The address of at least {@code bytes} bytes with any content; the next call may return the same ones. */
    long bytes(long bytes) {
        if (memory.byteSize() < bytes) {
            memory = Arena.ofAuto().allocate(Math.max(bytes, 2 * memory.byteSize()), FloatRows.ALIGNMENT);
        }
        return memory.address();
    }

    /** At least {@code count} heap floats with any content; the next call may return the same ones. */
    float[] row(int count) {
        if (row.length < count) {
            row = new float[(int) Math.max(count, Math.min(Integer.MAX_VALUE - 8L, 2L * row.length))];
        }
        return row;
    }
}
