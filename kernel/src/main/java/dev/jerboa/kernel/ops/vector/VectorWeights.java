package dev.jerboa.kernel.ops.vector;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Weights;

/** Weights as they lie in the file, in native memory. */
record VectorWeights(Matrix matrix, long address, long rowBytes) implements Weights {
    /** Whether rows can be used as they lie. */
    boolean isFloat() {
        return matrix.type() == DType.F32 && matrix.scales() == null;
    }

    @Override
    public int rows() {
        return matrix.rows();
    }

    @Override
    public int cols() {
        return matrix.cols();
    }

    @Override
    public long bytes() {
        return matrix.data().byteSize();
    }
}
