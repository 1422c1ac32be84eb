package dev.jerboa.kernel.ops.scalar;

import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Weights;

/**
 * Weights as they lie in the file.
 *
 * @param onGrid products take 8-bit activations and sum whole numbers
 */
record ScalarWeights(Matrix matrix, boolean onGrid) implements Weights {
    @Override
    public int rows() {
        return matrix.rows();
    }

    @Override
    public int cols() {
        return matrix.cols();
    }

    @Override
    public Way way() {
        return Way.DECODED_EACH_TIME;
    }

    @Override
    public long bytes() {
        return matrix.data().byteSize();
    }
}
