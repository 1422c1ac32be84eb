package dev.jerboa.kernel.ops.scalar;

import dev.jerboa.kernel.memory.FloatRows;

/**
 * Activation rows rounded to 8 bits: blocks of {@value #BLOCK} values with one float scale. In a block with the largest
 * magnitude a, {@code scale = a / 127} and {@code value = rint(x · (1 / scale))}, so values lie in −127..127 (never −128). A
 * block whose scale has no finite inverse (zeros, or magnitudes under 10⁻³⁶) counts as zeros; one with an infinity or a NaN
 * gets the scale NaN, which makes every product with it NaN.
 *
 * <p>One writer a row at a time; readers after a barrier.
 */
final class ByteRows {
    static final int BLOCK = 32;

    private final int cols;
    private final byte[] values;
    private final float[] scales;

    /** Room for {@code rows} rows of {@code cols} values, whole blocks. */
    ByteRows(int rows, int cols) {
        this.cols = cols;
        this.values = new byte[Math.multiplyExact(rows, cols)];
        this.scales = new float[rows * (cols / BLOCK)];
    }

    /** Rounds columns {@code first} to {@code end − 1} of one row, whole blocks. */
    void fill(FloatRows x, int row, int first, int end) {
        for (int from = first; from < end; from += BLOCK) {
            float largest = 0;
            for (int i = from; i < from + BLOCK; i++) {
                largest = Math.max(largest, Math.abs(x.get(row, i))); // Math.max keeps NaN
            }
            float scale = largest / 127;
            float inverse = 1 / scale;
            boolean finite = largest <= Float.MAX_VALUE;
            boolean usable = finite && inverse <= Float.MAX_VALUE;
            for (int i = from; i < from + BLOCK; i++) {
                values[row * cols + i] = usable ? (byte) Math.rint(x.get(row, i) * inverse) : 0;
            }
            scales[(row * cols + from) / BLOCK] = usable ? scale : finite ? 0 : Float.NaN;
        }
    }

    /** The product of one row with weights on a grid; each group's whole numbers are summed exactly, groups in double. */
    float dot(int row, GridRow w) {
        double sum = 0;
        int group = w.groupSize();
        for (int from = 0, g = 0; from < cols; from += group, g++) {
            int products = 0;
            int plain = 0;
            for (int i = from; i < from + group; i++) {
                int x = values[row * cols + i];
                products += w.code(i) * x;
                plain += x;
            }
            double weighted = (double) w.scale(g) * products + (double) w.offset(g) * plain;
            sum += scales[(row * cols + from) / BLOCK] * weighted;
        }
        return (float) sum;
    }
}
