package dev.jerboa.train.autograd;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Ops;

/**
 * A matrix that stays as it is, in the form that it is stored in: float32 is multiplied where it lies, other forms are decoded a
 * panel of rows at a time. The bits of products are those of the decoded matrix. The memory is the caller's, for as long as the tape.
 *
 * @param ops what decodes
 */
public record Frozen(String name, Matrix matrix, Ops ops) implements Weight {
    @Override
    public int rows() {
        return matrix.rows();
    }

    @Override
    public int cols() {
        return matrix.cols();
    }

    /** Whether products read the matrix where it lies. */
    boolean direct() {
        return matrix.type() == DType.F32
                && matrix.scales() == null
                && matrix.data().address() % Float.BYTES == 0;
    }

    /** Where a row of a {@link #direct} matrix lies. */
    long address(int row) {
        return matrix.data().address() + row * matrix.rowBytes();
    }

    /** Decodes one row. */
    void decode(int row, FloatRows into, int to) {
        ops.embed(matrix, row, into, to);
    }

    @Override
    public String toString() {
        return name + " " + matrix.type() + " [" + rows() + ", " + cols() + "]";
    }
}
