package dev.jerboa.kernel.ops.vector;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Weights;
import dev.jerboa.kernel.ops.vector.Decoders.Decoder;
import org.jspecify.annotations.Nullable;

/**
 * Weights as they lie in the file, in native memory.
 *
 * @param address of row 0
 * @param inPlace rows are float32 and need no decoding
 * @param decoder decodes rows, or null where only {@link DType#decode} knows the type
 */
record VectorWeights(
        Matrix matrix,
        long address,
        long rowBytes,
        boolean inPlace,
        @Nullable Decoder decoder) implements Weights {
    VectorWeights(Matrix matrix) {
        this(
                matrix,
                matrix.data().address(),
                matrix.rowBytes(),
                matrix.type() == DType.F32 && matrix.scales() == null,
                Decoders.of(matrix.type()));
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
    public Way way() {
        return inPlace || decoder != null ? Way.IN_PLACE : Way.DECODED_EACH_TIME;
    }

    @Override
    public long bytes() {
        return matrix.data().byteSize();
    }
}
