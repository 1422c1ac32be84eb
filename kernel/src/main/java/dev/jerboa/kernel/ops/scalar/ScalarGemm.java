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
        long rowA = form == Form.TN ? 1 : lda;
        long stepA = form == Form.TN ? lda : 1;
        long columnB = form == Form.NT ? ldb : 1;
        long stepB = form == Form.NT ? 1 : ldb;
        for (int i = worker.from(m, 1), end = worker.to(m, 1); i < end; i++) {
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
