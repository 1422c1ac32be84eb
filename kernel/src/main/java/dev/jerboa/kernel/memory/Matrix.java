package dev.jerboa.kernel.memory;

import dev.jerboa.kernel.dtype.DType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A weight matrix as it lies in a file: {@code rows × cols} (outputs × inputs), row-major, each row a whole number of
 * blocks of its {@link DType}. Read-only, usually a window of a memory-mapped file, aligned to nothing.
 *
 * @param scales block scales kept beside the weights (FP8 of DeepSeek V3), or null where blocks carry their own
 */
public record Matrix(
        DType type,
        int rows,
        int cols,
        MemorySegment data,
        @Nullable BlockScales scales) {

    /** Scales of {@code blockRows × blockCols} tiles: weight = stored value × {@code values[row / blockRows, col / blockCols]}. */
    public record BlockScales(FloatRows values, int blockRows, int blockCols) {}

    public Matrix {
        if (rows <= 0 || cols <= 0 || cols % type.blockSize() != 0) {
            throw new IllegalArgumentException("a " + type + " matrix of " + rows + " × " + cols
                    + ": both sizes must be positive and the second a multiple of " + type.blockSize());
        }
        long bytes = Math.multiplyExact(type.bytes(cols), (long) rows);
        if (data.byteSize() != bytes) {
            throw new IllegalArgumentException("a " + type + " matrix of " + rows + " × " + cols + " takes " + bytes
                    + " bytes, found " + data.byteSize());
        }
    }

    public Matrix(DType type, int rows, int cols, MemorySegment data) {
        this(type, rows, cols, data, null);
    }

    /** The bytes of one row. */
    public long rowBytes() {
        return type.bytes(cols);
    }

    /** A view of {@code count} rows starting at {@code from}; with block scales, {@code from} must start a tile. */
    public Matrix slice(int from, int count) {
        BlockScales part = scales;
        if (part != null) {
            if (from % part.blockRows != 0) {
                throw new IllegalArgumentException(
                        "row " + from + " does not start a tile of " + part.blockRows + " rows");
            }
            int first = from / part.blockRows;
            int tiles = (count + part.blockRows - 1) / part.blockRows;
            part = new BlockScales(part.values.slice(first, tiles), part.blockRows, part.blockCols);
        }
        return new Matrix(type, count, cols, data.asSlice(from * rowBytes(), count * rowBytes()), part);
    }
}
