package dev.jerboa.train.autograd;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.ops.Gemm;
import dev.jerboa.train.data.Batch;
import java.lang.foreign.MemorySegment;

/**
 * One worker's view of a pass over the tape.
 *
 * @param derivatives whether a backward pass follows
 * @param worker its place in the team
 * @param batch what the pass computes with
 * @param team for products that the team computes together
 * @param own for those that the worker computes alone
 * @param scratch other memory of the worker's own, {@link Tape#scratch} bytes
 */
record Pass(boolean derivatives, Worker worker, Batch batch, Crew team, Crew own, MemorySegment scratch) {
    int tokens() {
        return batch.tokens();
    }

    /** The first token of this worker's share. */
    int from() {
        return worker.from(tokens(), 1);
    }

    /** One past its last. */
    int to() {
        return worker.to(tokens(), 1);
    }

    void barrier() {
        worker.barrier();
    }

    /** A product of the whole team, of row-major tables by address; see {@link Gemm}. */
    void multiply(
            Gemm.Form form,
            int m,
            int n,
            int k,
            long a,
            int lda,
            long b,
            int ldb,
            long c,
            int ldc,
            boolean accumulate) {
        team.multiply(form, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
    }

    /** A product of this worker alone. */
    void multiplyAlone(
            Gemm.Form form,
            int m,
            int n,
            int k,
            long a,
            int lda,
            long b,
            int ldb,
            long c,
            int ldc,
            boolean accumulate) {
        own.multiply(form, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
    }
}
