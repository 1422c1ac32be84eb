package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.memory.Matrix;

/** Reads a stored weight row as float32: the type's own decoding, then the block scales kept beside the matrix. */
public final class StoredRow {
    private StoredRow() {}

    /** Decodes the whole {@code row} of {@code matrix} into {@code into}, from index 0. */
    public static void decode(Matrix matrix, int row, float[] into) {
        decodeStored(matrix, row, into);
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

    private static void decodeStored(Matrix matrix, int row, float[] into) {
        var src = matrix.data();
        long at = row * matrix.rowBytes();
        int cols = matrix.cols();
        var shorts = java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(java.nio.ByteOrder.LITTLE_ENDIAN);
        var bytes = java.lang.foreign.ValueLayout.JAVA_BYTE;
        switch (matrix.type()) {
            case F32 ->
                java.lang.foreign.MemorySegment.copy(src, dev.jerboa.kernel.memory.FloatRows.FLOAT, at, into, 0, cols);
            case F16 -> {
                for (int i = 0; i < cols; i++) {
                    into[i] = Float.float16ToFloat(src.get(shorts, at + 2L * i));
                }
            }
            case BF16 -> {
                for (int i = 0; i < cols; i++) {
                    into[i] = Float.intBitsToFloat(src.get(shorts, at + 2L * i) << 16);
                }
            }
            case Q8_0 -> {
                for (int i = 0; i < cols; i++) {
                    long block = at + (i / 32) * 34L;
                    into[i] = Float.float16ToFloat(src.get(shorts, block)) * src.get(bytes, block + 2 + i % 32);
                }
            }
            case Q4_0 -> {
                for (int i = 0; i < cols; i++) {
                    long block = at + (i / 32) * 18L;
                    int b = src.get(bytes, block + 2 + i % 16);
                    int q = (i % 32 < 16 ? b : b >> 4) & 15;
                    into[i] = Float.float16ToFloat(src.get(shorts, block)) * (q - 8);
                }
            }
            default -> throw new IllegalArgumentException("weights of type " + matrix.type());
        }
    }
}
