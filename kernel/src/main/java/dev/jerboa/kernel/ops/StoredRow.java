package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.memory.Matrix;

/** Reads a stored weight row as float32: the type's own decoding, then the block scales kept beside the matrix. */
public final class StoredRow {
    private StoredRow() {}

    /** Decodes the whole {@code row} of {@code matrix} into {@code into}, from index 0. */
    public static void decode(Matrix matrix, int row, float[] into) {
        matrix.type().decode(matrix.data(), row * matrix.rowBytes(), into, 0, matrix.cols());
        scale(matrix, row, into);
    }

    /** Applies the block scales of {@code row}, if the matrix has any. */
    public static void scale(Matrix matrix, int row, float[] values) {
        Matrix.BlockScales scales = matrix.scales();
        if (scales == null) {
            return;
        }
        int tileRow = row / scales.blockRows();
        for (int from = 0, tile = 0; from < matrix.cols(); from += scales.blockCols(), tile++) {
            float scale = scales.values().get(tileRow, tile);
            int to = Math.min(matrix.cols(), from + scales.blockCols());
            for (int c = from; c < to; c++) {
                values[c] *= scale;
            }
        }
    }
}
