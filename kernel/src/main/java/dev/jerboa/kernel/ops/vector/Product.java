package dev.jerboa.kernel.ops.vector;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.vector.Decoders.Decoder;
import java.lang.foreign.MemorySegment;

/**
 * The arguments of one matrix product and the loops around {@link Dots}. Weights are decoded to a float32 tile once and meet
 * many tokens:
 *
 * <pre>
 * for up to {@value #TOKENS} tokens:  for {@value #ROWS} rows:  for {@value #COLS} columns:
 *     decode rows × columns → tile (second-level cache)
 *     for 3 tokens (first-level cache):  for 3 rows:  9 sums in registers
 * </pre>
 *
 * One or two tokens take whole rows instead, so that memory is read in one stream; float32 weights are then used where they
 * lie.
 *
 * @param x address of the inputs of row 0 of the panel; the others lie {@code xStride} bytes apart
 * @param index which rows, from {@code indexFrom}; empty for all in order
 * @param out address of output 0 for the first row counted; the others' lie {@code outStride} bytes apart
 * @param add adds to what is there
 */
record Product(
        VectorWeights w,
        long x,
        long xStride,
        int[] index,
        int indexFrom,
        int count,
        long out,
        long outStride,
        boolean add) {
    /** Rows of a tile: whole threes and sixes. */
    private static final int ROWS = 24;

    /** Columns of a tile: whole blocks of every type. */
    private static final int COLS = 1024;

    private static final int TOKENS = 96;

    /** Rows that meet a single token together. */
    private static final int SIX = 6;

    private static final int FEW = 2;

    /** Bytes between the sums of a token and those of the next, in a tile. */
    private static final long SUM_STRIDE = ROWS * Dots.SUM_BYTES;

    /** Computes outputs {@code from} to {@code to − 1}. Shapes are the caller's to check. */
    void run(int from, int to, Scratch scratch) {
        boolean few = count <= FEW;
        long sumBytes = few ? SIX * Dots.SUM_BYTES : SUM_STRIDE * Math.min(count, TOKENS);
        long tileBytes = few ? w.inPlace() ? 0 : SIX * stride(w.cols()) : ROWS * stride(Math.min(w.cols(), COLS));
        long codes = scratch.bytes(Decoders.SCRATCH_BYTES + sumBytes + tileBytes);
        long sums = codes + Decoders.SCRATCH_BYTES;
        long tile = sums + sumBytes;
        if (few) {
            few(from, to, codes, sums, tile, scratch);
            return;
        }
        for (int t = 0; t < count; t += TOKENS) {
            many(t, Math.min(count, t + TOKENS), from, to, codes, sums, tile, scratch);
        }
    }

    /** Bytes from one row of a decoded tile to the next: a cache line more than the row, so that rows do not share sets. */
    private static long stride(int cols) {
        return (4L * cols + 127) & -64;
    }

    private long token(int i) {
        return x + xStride * (index.length == 0 ? indexFrom + i : index[indexFrom + i]);
    }

    private void put(int i, int row, float sum) {
        long at = out + i * outStride + 4L * row;
        Lanes.set(at, add ? Lanes.get(at) + sum : sum);
    }

    private void few(int from, int to, long codes, long sums, long tile, Scratch scratch) {
        int cols = w.cols();
        long end = Dots.mainBytes(cols);
        long stride = w.inPlace() ? w.rowBytes() : stride(cols);
        for (int row = from; row < to; row += SIX) {
            int rows = Math.min(SIX, to - row);
            long weights = tile;
            if (w.inPlace()) {
                weights = w.address() + row * w.rowBytes();
            } else {
                decode(row, rows, 0, cols, tile, stride, codes, scratch);
            }
            for (int i = 0; i < count; i++) {
                long inputs = token(i);
                if (rows == SIX) {
                    Dots.rows6(weights, stride, inputs, end, Dots.ZEROS, sums);
                } else {
                    for (int r = 0; r < rows; r++) {
                        Dots.rows1(weights + r * stride, inputs, end, Dots.ZEROS, sums + r * Dots.SUM_BYTES);
                    }
                }
                for (int r = 0; r < rows; r++) {
                    put(i, row + r, Dots.finish(sums + r * Dots.SUM_BYTES, weights + r * stride, inputs, cols));
                }
            }
        }
    }

    private void many(int t, int end, int from, int to, long codes, long sums, long tile, Scratch scratch) {
        for (int row = from; row < to; row += ROWS) {
            int rows = Math.min(ROWS, to - row);
            long stride = stride(Math.min(w.cols(), COLS));
            int k = 0;
            int cols = 0;
            for (; k < w.cols(); k += cols) {
                cols = Math.min(COLS, w.cols() - k);
                decode(row, rows, k, cols, tile, stride, codes, scratch);
                tile(t, end, rows, 4L * k, Dots.mainBytes(cols), tile, stride, sums);
            }
            long last = 4L * (k - cols);
            for (int i = t; i < end; i++) {
                for (int r = 0; r < rows; r++) {
                    long sum = sums + (i - t) * SUM_STRIDE + r * Dots.SUM_BYTES;
                    put(i, row + r, Dots.finish(sum, tile + r * stride, token(i) + last, cols));
                }
            }
        }
    }

    /** Tokens {@code t} to {@code end − 1} by the rows of a tile; {@code at} is the byte where its columns start. */
    private void tile(int t, int end, int rows, long at, long bytes, long weights, long stride, long sums) {
        boolean first = at == 0;
        long fromStride = first ? 0 : SUM_STRIDE;
        int i = t;
        for (; i + 3 <= end; i += 3) {
            long a = token(i) + at;
            long b = token(i + 1) + at;
            long c = token(i + 2) + at;
            long sum = sums + (i - t) * SUM_STRIDE;
            int r = 0;
            for (; r + 3 <= rows; r += 3, sum += 3 * Dots.SUM_BYTES) {
                long from = first ? Dots.ZEROS : sum;
                Dots.rows3x3(weights + r * stride, stride, a, b, c, bytes, from, fromStride, sum, SUM_STRIDE);
            }
            for (; r < rows; r++, sum += Dots.SUM_BYTES) {
                long from = first ? Dots.ZEROS : sum;
                Dots.rows1x3(weights + r * stride, a, b, c, bytes, from, fromStride, sum, SUM_STRIDE);
            }
        }
        for (; i < end; i++) {
            long a = token(i) + at;
            long sum = sums + (i - t) * SUM_STRIDE;
            int r = 0;
            for (; r + SIX <= rows; r += SIX, sum += SIX * Dots.SUM_BYTES) {
                Dots.rows6(weights + r * stride, stride, a, bytes, first ? Dots.ZEROS : sum, sum);
            }
            for (; r < rows; r++, sum += Dots.SUM_BYTES) {
                Dots.rows1(weights + r * stride, a, bytes, first ? Dots.ZEROS : sum, sum);
            }
        }
    }

    /** Decodes {@code rows × cols} weights from {@code (row, k)} on to {@code tile}. */
    private void decode(int row, int rows, int k, int cols, long tile, long stride, long codes, Scratch scratch) {
        Matrix matrix = w.matrix();
        Decoder decoder = w.decoder();
        long skip = matrix.type().bytes(k);
        long bytes = matrix.type().bytes(cols);
        for (int r = 0; r < rows; r++, tile += stride) {
            long at = (row + r) * w.rowBytes() + skip;
            if (decoder != null) {
                decoder.decode(w.address() + at, w.address() + at + bytes, tile, codes);
            } else {
                float[] values = scratch.row(cols);
                matrix.type().decode(matrix.data(), at, values, 0, cols);
                MemorySegment.copy(values, 0, Lanes.MEMORY, FloatRows.FLOAT, tile, cols);
            }
            Matrix.BlockScales scales = matrix.scales();
            if (scales != null) {
                scale(scales, row + r, k, cols, tile);
            }
        }
    }

    private static void scale(Matrix.BlockScales scales, int row, int k, int cols, long values) {
        int width = scales.blockCols();
        for (int c = k; c < k + cols; ) {
            int next = Math.min(k + cols, (c / width + 1) * width);
            float scale = scales.values().get(row / scales.blockRows(), c / width);
            Elementwise.scale(values + 4L * (c - k), next - c, scale);
            c = next;
        }
    }
}
