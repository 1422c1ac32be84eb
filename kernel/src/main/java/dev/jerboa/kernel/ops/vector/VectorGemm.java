package dev.jerboa.kernel.ops.vector;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.ops.Gemm;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/**
 * Products in tiles of four rows by two vectors. B is packed into strips of two vectors' columns, for each k beside each other,
 * a piece of the depth at a time.
 */
final class VectorGemm implements Gemm {
    private static final int ROWS = 4;
    private static final int STRIP = 2 * Lanes.COUNT;
    private static final int BLOCK_K = 256;

    @Override
    public void multiply(
            Worker worker,
            Form form,
            int m,
            int n,
            int k,
            long a,
            long lda,
            long b,
            long ldb,
            long c,
            long ldc,
            boolean accumulate,
            MemorySegment room) {
        if (m == 0 || n == 0) {
            return;
        }
        long rowA = Float.BYTES * (form == Form.TN ? 1 : lda);
        long stepA = Float.BYTES * (form == Form.TN ? lda : 1);
        long columnB = Float.BYTES * (form == Form.NT ? ldb : 1);
        long stepB = Float.BYTES * (form == Form.NT ? 1 : ldb);
        long piece = ROOM_BYTES / Float.BYTES / BLOCK_K / STRIP * STRIP;
        int from = worker.from(m, ROWS);
        int to = worker.to(m, ROWS);
        boolean first = true;
        for (int atN = 0; atN < n; atN += (int) piece) {
            int columns = (int) Math.min(piece, n - atN);
            for (int atK = 0; atK < k; atK += BLOCK_K) {
                int depth = Math.min(BLOCK_K, k - atK);
                if (!first) {
                    worker.barrier();
                }
                first = false;
                long source = b + atN * columnB + atK * stepB;
                pack(worker, source, columnB, stepB, columns, depth, room.address());
                worker.barrier();
                boolean resume = accumulate || atK > 0;
                long left = a + atK * stepA;
                long out = c + Float.BYTES * (long) atN;
                tiles(from, to, columns, depth, left, rowA, stepA, room.address(), out, ldc, resume);
            }
        }
    }

    /** Rows {@code from} to {@code to − 1} of A by all strips. */
    private static void tiles(
            int from,
            int to,
            int columns,
            int depth,
            long a,
            long rowA,
            long stepA,
            long strips,
            long c,
            long ldc,
            boolean resume) {
        for (int i = from; i < to; i += ROWS) {
            int rows = Math.min(ROWS, to - i);
            long left = a + i * rowA;
            for (int j = 0; j < columns; j += STRIP) {
                long strip = strips + (long) j * depth * Float.BYTES;
                long tile = c + Float.BYTES * (i * ldc + j);
                if (rows == ROWS && columns - j >= STRIP) {
                    tile(left, rowA, stepA, strip, depth, tile, Float.BYTES * ldc, resume);
                } else {
                    int width = Math.min(STRIP, columns - j);
                    edge(left, rowA, stepA, strip, depth, tile, Float.BYTES * ldc, rows, width, resume);
                }
            }
        }
    }

    @Override
    public int packedColumns(int n) {
        return (n + STRIP - 1) / STRIP * STRIP;
    }

    @Override
    public void pack(Worker worker, boolean transposed, int n, int k, long b, long ldb, MemorySegment packed) {
        long column = Float.BYTES * (transposed ? ldb : 1);
        long step = Float.BYTES * (transposed ? 1 : ldb);
        pack(worker, b, column, step, n, k, packed.address());
    }

    @Override
    public void multiplyPacked(
            boolean columns,
            int m,
            int n,
            int k,
            long a,
            long lda,
            MemorySegment packed,
            long c,
            long ldc,
            boolean accumulate) {
        long rowA = Float.BYTES * (columns ? 1 : lda);
        long stepA = Float.BYTES * (columns ? lda : 1);
        tiles(0, m, n, k, a, rowA, stepA, packed.address(), c, ldc, accumulate);
    }

    private static void pack(
            Worker worker, long b, long columnStep, long depthStep, int columns, int depth, long room) {
        int strips = (columns + STRIP - 1) / STRIP;
        for (int s = worker.from(strips, 1), end = worker.to(strips, 1); s < end; s++) {
            long to = room + (long) s * STRIP * depth * Float.BYTES;
            int here = Math.min(STRIP, columns - s * STRIP);
            for (int p = 0; p < depth; p++) {
                long row = b + (long) s * STRIP * columnStep + p * depthStep;
                for (int j = 0; j < STRIP; j++) {
                    float value = j < here ? Lanes.get(row + j * columnStep) : 0;
                    Lanes.set(to + Float.BYTES * (long) (p * STRIP + j), value);
                }
            }
        }
    }

    private static void tile(long a, long rowA, long stepA, long strip, int depth, long c, long rowC, boolean resume) {
        long second = Float.BYTES * (long) Lanes.COUNT;
        FloatVector zero = FloatVector.zero(Lanes.FLOATS);
        FloatVector s00 = resume ? Lanes.load(c) : zero;
        FloatVector s01 = resume ? Lanes.load(c + second) : zero;
        FloatVector s10 = resume ? Lanes.load(c + rowC) : zero;
        FloatVector s11 = resume ? Lanes.load(c + rowC + second) : zero;
        FloatVector s20 = resume ? Lanes.load(c + 2 * rowC) : zero;
        FloatVector s21 = resume ? Lanes.load(c + 2 * rowC + second) : zero;
        FloatVector s30 = resume ? Lanes.load(c + 3 * rowC) : zero;
        FloatVector s31 = resume ? Lanes.load(c + 3 * rowC + second) : zero;
        for (int p = 0; p < depth; p++) {
            long at = strip + p * 2 * second;
            FloatVector b0 = Lanes.load(at);
            FloatVector b1 = Lanes.load(at + second);
            long left = a + p * stepA;
            FloatVector x = FloatVector.broadcast(Lanes.FLOATS, Lanes.get(left));
            s00 = x.fma(b0, s00);
            s01 = x.fma(b1, s01);
            x = FloatVector.broadcast(Lanes.FLOATS, Lanes.get(left + rowA));
            s10 = x.fma(b0, s10);
            s11 = x.fma(b1, s11);
            x = FloatVector.broadcast(Lanes.FLOATS, Lanes.get(left + 2 * rowA));
            s20 = x.fma(b0, s20);
            s21 = x.fma(b1, s21);
            x = FloatVector.broadcast(Lanes.FLOATS, Lanes.get(left + 3 * rowA));
            s30 = x.fma(b0, s30);
            s31 = x.fma(b1, s31);
        }
        Lanes.store(s00, c);
        Lanes.store(s01, c + second);
        Lanes.store(s10, c + rowC);
        Lanes.store(s11, c + rowC + second);
        Lanes.store(s20, c + 2 * rowC);
        Lanes.store(s21, c + 2 * rowC + second);
        Lanes.store(s30, c + 3 * rowC);
        Lanes.store(s31, c + 3 * rowC + second);
    }

    private static void edge(
            long a,
            long rowA,
            long stepA,
            long strip,
            int depth,
            long c,
            long rowC,
            int rows,
            int columns,
            boolean resume) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                long out = c + i * rowC + Float.BYTES * (long) j;
                float sum = resume ? Lanes.get(out) : 0;
                for (int p = 0; p < depth; p++) {
                    float x = Lanes.get(a + i * rowA + p * stepA);
                    sum = Math.fma(x, Lanes.get(strip + Float.BYTES * (long) (p * STRIP + j)), sum);
                }
                Lanes.set(out, sum);
            }
        }
    }
}
