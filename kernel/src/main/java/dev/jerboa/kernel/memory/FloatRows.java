package dev.jerboa.kernel.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A row-major table of 32-bit floats in native memory: {@code rows × cols}, no padding between rows.
 *
 * <p>The memory belongs to the arena that made it; a view never frees it. Not synchronised: one writer a row at a time.
 */
public record FloatRows(MemorySegment data, int rows, int cols) {
    /** Little-endian float32 at any address. */
    public static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(java.nio.ByteOrder.LITTLE_ENDIAN);

    /** The alignment, in bytes, of tables that {@link #allocate} makes: one cache line, one 512-bit register. */
    public static final int ALIGNMENT = 64;

    public FloatRows {
        if (rows < 0 || cols < 0 || data.byteSize() < (long) rows * cols * Float.BYTES) {
            throw new IllegalArgumentException(
                    "a table of " + rows + " × " + cols + " floats does not fit " + data.byteSize() + " bytes");
        }
    }

    /** A new zero-filled table owned by {@code arena}. */
    public static FloatRows allocate(Arena arena, int rows, int cols) {
        long bytes = Math.multiplyExact(Math.multiplyExact((long) rows, cols), (long) Float.BYTES);
        return new FloatRows(arena.allocate(Math.max(bytes, 1), ALIGNMENT), rows, cols);
    }

    /** A new table holding a copy of {@code values}, {@code cols} to a row. */
    public static FloatRows copyOf(Arena arena, float[] values, int cols) {
        FloatRows table = allocate(arena, values.length / cols, cols);
        MemorySegment.copy(values, 0, table.data, FLOAT, 0, table.rows * cols);
        return table;
    }

    /** The byte offset of a row in {@link #data}. */
    public long offset(int row) {
        return (long) row * cols * Float.BYTES;
    }

    public float get(int row, int col) {
        return data.get(FLOAT, offset(row) + (long) col * Float.BYTES);
    }

    public void set(int row, int col, float value) {
        data.set(FLOAT, offset(row) + (long) col * Float.BYTES, value);
    }

    /** A view of {@code count} rows starting at {@code from}; shares memory. */
    public FloatRows slice(int from, int count) {
        return new FloatRows(data.asSlice(offset(from), (long) count * cols * Float.BYTES), count, cols);
    }

    /** A copy of one row on the heap. */
    public float[] row(int row) {
        float[] out = new float[cols];
        MemorySegment.copy(data, FLOAT, offset(row), out, 0, cols);
        return out;
    }
}
