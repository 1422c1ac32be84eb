package dev.jerboa.kernel.ops.scalar;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Gemm;
import java.lang.foreign.MemorySegment;

/** The reference: one sum after another. */
final class ScalarGemm implements Gemm {
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

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
        long columnB = form == Form.NT ? ldb : 1;
        long stepB = form == Form.NT ? 1 : ldb;
        int from = worker.from(m, 1);
        int to = worker.to(m, 1);
        multiply(form == Form.TN, from, to, n, k, a, lda, b, columnB, stepB, c, ldc, accumulate);
    }

    @Override
    public int packedColumns(int n) {
        return n;
    }

    @Override
    public void pack(Worker worker, boolean transposed, int n, int k, long b, long ldb, MemorySegment packed) {
        long column = transposed ? ldb : 1;
        long step = transposed ? 1 : ldb;
        for (int j = worker.from(n, 1), end = worker.to(n, 1); j < end; j++) {
            for (int p = 0; p < k; p++) {
                float value = MEMORY.get(FloatRows.FLOAT, b + Float.BYTES * (j * column + p * step));
                packed.set(FloatRows.FLOAT, Float.BYTES * ((long) p * n + j), value);
            }
        }
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
        multiply(columns, 0, m, n, k, a, lda, packed.address(), 1, n, c, ldc, accumulate);
    }

    private static void multiply(
            boolean columns,
            int from,
            int to,
            int n,
            int k,
            long a,
            long lda,
            long b,
            long columnB,
            long stepB,
            long c,
            long ldc,
            boolean accumulate) {
        long rowA = columns ? 1 : lda;
        long stepA = columns ? lda : 1;
        for (int i = from; i < to; i++) {
            for (int j = 0; j < n; j++) {
                long out = c + Float.BYTES * (i * ldc + j);
                float sum = accumulate ? MEMORY.get(FloatRows.FLOAT, out) : 0;
                for (int p = 0; p < k; p++) {
                    float x = MEMORY.get(FloatRows.FLOAT, a + Float.BYTES * (i * rowA + p * stepA));
                    float y = MEMORY.get(FloatRows.FLOAT, b + Float.BYTES * (j * columnB + p * stepB));
                    sum = Math.fma(x, y, sum);
                }
                MEMORY.set(FloatRows.FLOAT, out, sum);
            }
        }
    }
}
