package dev.jerboa.model.tensor;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Weights whose published encoding kernels cannot read where it lies, but the same numbers in another order: matrices of outputs ×
 * inputs that are converted row by row.
 *
 * @param type what rows are converted to
 * @param matrices how many, one after another: experts; 1 for a weight of its own
 * @param rows outputs of a matrix
 * @param cols inputs
 * @param writer converts a row, counted through all matrices
 */
public record EncodedTensor(DType type, int matrices, int rows, int cols, RowWriter writer) {
    /** Writes one converted row. */
    public interface RowWriter {
        /** Writes row {@code row} to {@code to} from byte {@code at} on. */
        void write(long row, MemorySegment to, long at);
    }

    /** Rows {@code first}, {@code first + step} … of a matrix, {@code count} of them, in memory of {@code arena}. */
    public Matrix rows(int matrix, int first, int step, int count, Arena arena) {
        if (matrix < 0 || matrix >= matrices || first < 0 || first + (count - 1) * step >= rows) {
            throw new IndexOutOfBoundsException("rows " + first + " + " + step + " · (0 … " + (count - 1)
                    + ") of matrix " + matrix + ", of " + matrices + " with " + rows + " rows");
        }
        long bytes = type.bytes(cols);
        MemorySegment data = arena.allocate(bytes * count, FloatRows.ALIGNMENT);
        for (int r = 0; r < count; r++) {
            writer.write((long) matrix * rows + first + (long) r * step, data, r * bytes);
        }
        return new Matrix(type, count, cols, data.asReadOnly());
    }

    /** All rows of all matrices. */
    public Matrix all(Arena arena) {
        return new EncodedTensor(type, 1, Math.multiplyExact(matrices, rows), cols, writer)
                .rows(0, 0, 1, matrices * rows, arena);
    }
}
