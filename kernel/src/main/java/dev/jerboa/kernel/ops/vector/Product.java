package dev.jerboa.kernel.ops.vector;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.vector.Decoders.Decoder;
import dev.jerboa.kernel.ops.vector.Dots.Stage;
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
 * One or two tokens take whole rows instead, so that memory is read in one stream. Float32 weights are used where they lie.
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

    /** Computes outputs {@code from} to {@code to − 1}. Shapes are the caller's to check. */
    void run(int from, int to, Scratch scratch) {
        long codes;
        if (count <= FEW) {
            codes = scratch.bytes(Decoders.SCRATCH_BYTES + (w.inPlace() ? 0 : 4L * SIX * w.cols()));
            few(from, to, codes, codes + Decoders.SCRATCH_BYTES, scratch);
            return;
        }
        long sumBytes = w.cols() <= COLS ? 0 : Dots.SUM_BYTES * ROWS * TOKENS;
        codes = scratch.bytes(Decoders.SCRATCH_BYTES + sumBytes + (w.inPlace() ? 0 : 4L * ROWS * COLS));
        long sums = codes + Decoders.SCRATCH_BYTES;
        for (int t = 0; t < count; t += TOKENS) {
            many(t, Math.min(count, t + TOKENS), from, to, codes, sums, sums + sumBytes, scratch);
        }
    }

    private long token(int i) {
        return x + xStride * (index.length == 0 ? indexFrom + i : index[indexFrom + i]);
    }

    private long result(int i, int row) {
        return out + i * outStride + 4L * row;
    }

    private void few(int from, int to, long codes, long tile, Scratch scratch) {
        int cols = w.cols();
        for (int row = from; row < to; row += SIX) {
            int rows = Math.min(SIX, to - row);
            long weights = tile;
            long stride = 4L * cols;
            if (w.inPlace()) {
                weights = w.address() + row * w.rowBytes();
                stride = w.rowBytes();
            } else {
                decode(row, rows, 0, cols, tile, codes, scratch);
            }
            for (int i = 0; i < count; i++) {
                if (rows == SIX) {
                    Dots.rows6(weights, stride, token(i), cols, Stage.WHOLE, 0, result(i, row), add);
                    continue;
                }
                for (int r = 0; r < rows; r++) {
                    Dots.rows1(weights + r * stride, token(i), cols, Stage.WHOLE, 0, result(i, row + r), add);
                }
            }
        }
    }

    private void many(int t, int end, int from, int to, long codes, long sums, long tile, Scratch scratch) {
        for (int row = from; row < to; row += ROWS) {
            int rows = Math.min(ROWS, to - row);
            for (int k = 0; k < w.cols(); k += COLS) {
                int cols = Math.min(COLS, w.cols() - k);
                Stage stage = Stage.of(k == 0, k + cols == w.cols());
                if (w.inPlace()) {
                    tile(
                            t,
                            end,
                            row,
                            rows,
                            k,
                            cols,
                            w.address() + row * w.rowBytes() + 4L * k,
                            w.rowBytes(),
                            stage,
                            sums);
                } else {
                    decode(row, rows, k, cols, tile, codes, scratch);
                    tile(t, end, row, rows, k, cols, tile, 4L * cols, stage, sums);
                }
            }
        }
    }

    /** Tokens {@code t} to {@code end − 1} by the rows and columns of one tile. */
    private void tile(
            int t, int end, int row, int rows, int k, int cols, long weights, long stride, Stage stage, long sums) {
        long at = 4L * k;
        long rest = sums;
        int i = t;
        for (; i + 3 <= end; i += 3) {
            long a = token(i) + at;
            long b = token(i + 1) + at;
            long c = token(i + 2) + at;
            int r = 0;
            for (; r + 3 <= rows; r += 3, rest += 9 * Dots.SUM_BYTES) {
                long outA = result(i, row + r);
                Dots.rows3x3(
                        weights + r * stride,
                        stride,
                        a,
                        b,
                        c,
                        cols,
                        stage,
                        rest,
                        outA,
                        outA + outStride,
                        outA + 2 * outStride,
                        add);
            }
            for (; r < rows; r++, rest += 3 * Dots.SUM_BYTES) {
                long outA = result(i, row + r);
                Dots.rows1x3(
                        weights + r * stride,
                        a,
                        b,
                        c,
                        cols,
                        stage,
                        rest,
                        outA,
                        outA + outStride,
                        outA + 2 * outStride,
                        add);
            }
        }
        for (; i < end; i++) {
            long a = token(i) + at;
            int r = 0;
            for (; r + SIX <= rows; r += SIX, rest += SIX * Dots.SUM_BYTES) {
                Dots.rows6(weights + r * stride, stride, a, cols, stage, rest, result(i, row + r), add);
            }
            for (; r < rows; r++, rest += Dots.SUM_BYTES) {
                Dots.rows1(weights + r * stride, a, cols, stage, rest, result(i, row + r), add);
            }
        }
    }

    /** Decodes {@code rows × cols} weights from {@code (row, k)} on to {@code tile}, row after row. */
    private void decode(int row, int rows, int k, int cols, long tile, long codes, Scratch scratch) {
        Matrix matrix = w.matrix();
        Decoder decoder = w.decoder();
        long skip = matrix.type().bytes(k);
        long bytes = matrix.type().bytes(cols);
        for (int r = 0; r < rows; r++, tile += 4L * cols) {
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
