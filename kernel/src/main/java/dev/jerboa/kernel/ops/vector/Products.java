package dev.jerboa.kernel.ops.vector;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.StoredRow;
import java.lang.foreign.MemorySegment;

/**
 * The loops around {@link Dots}: a tile of weight rows is decoded to float32 once, small enough for the second-level cache,
 * and meets every token before the next tile.
 */
final class Products {
    private static final long TILE_BYTES = 256 << 10;

    private Products() {}

    /**
     * Rows {@code from} to {@code to − 1} of {@code w} by {@code count} tokens; checks are the caller's.
     *
     * @param x address of the first token's inputs; the others lie {@code xStride} bytes apart
     * @param index which of them, from {@code indexFrom}; empty for all in order
     * @param out address of output 0 for the first token counted; the others' lie {@code outStride} bytes apart
     */
    static void run(
            VectorWeights w,
            long x,
            long xStride,
            int[] index,
            int indexFrom,
            int count,
            long out,
            long outStride,
            boolean add,
            int from,
            int to,
            Scratch scratch) {
        int cols = w.cols();
        long tileStride = 4L * cols;
        int tileRows = (int) Math.clamp(TILE_BYTES / tileStride / 4 * 4, 4, 64);
        boolean direct = w.isFloat();
        long tile = direct ? 0 : scratch.floats((long) tileRows * cols);
        for (int row = from; row < to; row += tileRows) {
            int rows = Math.min(tileRows, to - row);
            long weights;
            long stride;
            if (direct) {
                weights = w.address() + row * w.rowBytes();
                stride = w.rowBytes();
            } else {
                decode(w, row, rows, tile, scratch);
                weights = tile;
                stride = tileStride;
            }
            int i = 0;
            for (; i + 2 <= count; i += 2) {
                long a = token(x, xStride, index, indexFrom + i);
                long b = token(x, xStride, index, indexFrom + i + 1);
                long outA = out + i * outStride + 4L * row;
                long outB = out + (i + 1) * outStride + 4L * row;
                int r = 0;
                for (; r + 4 <= rows; r += 4) {
                    Dots.rows4x2(weights + r * stride, stride, a, b, cols, outA + 4L * r, outB + 4L * r, add);
                }
                for (; r < rows; r++) {
                    one(weights + r * stride, a, cols, outA + 4L * r, add);
                    one(weights + r * stride, b, cols, outB + 4L * r, add);
                }
            }
            if (i < count) {
                long a = token(x, xStride, index, indexFrom + i);
                long outA = out + i * outStride + 4L * row;
                int r = 0;
                for (; r + 4 <= rows; r += 4) {
                    Dots.rows4(weights + r * stride, stride, a, cols, outA + 4L * r, add);
                }
                for (; r < rows; r++) {
                    one(weights + r * stride, a, cols, outA + 4L * r, add);
                }
            }
        }
    }

    private static void one(long w, long x, int cols, long out, boolean add) {
        float sum = Dots.one(w, x, cols);
        Lanes.set(out, add ? Lanes.get(out) + sum : sum);
    }

    private static long token(long x, long xStride, int[] index, int i) {
        return x + xStride * (index.length == 0 ? i : index[i]);
    }

    private static void decode(VectorWeights w, int row, int rows, long tile, Scratch scratch) {
        float[] values = scratch.row(w.cols());
        for (int r = 0; r < rows; r++) {
            StoredRow.decode(w.matrix(), row + r, values);
            MemorySegment.copy(values, 0, Lanes.MEMORY, FloatRows.FLOAT, tile + 4L * r * w.cols(), w.cols());
        }
    }
}
