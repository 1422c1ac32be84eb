package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * General products of float32 matrices in native memory, for training: {@code C (+)= op(A) · op(B)}.
 *
 * <p><b>Order of summation.</b> Each element of C takes its k products one after another by fused multiply-adds, beginning at
 * zero or at what C holds. So its bits are the same in every tier, for any number of workers and any cut into pieces, and the
 * same as those of {@link Ops#product} with exact float32 weights.
 *
 * <p><b>Memory.</b> Matrices are given by address and stride; the caller answers for their life and size. C overlaps neither A
 * nor B. Working memory ({@link #room}) is the caller's: one for a team that multiplies together, one for each worker that
 * multiplies alone.
 *
 * <p>Thread-safe.
 */
public interface Gemm {
    /** Which of the two factors is read transposed. All tables are row-major. */
    enum Form {
        /** {@code A[m, k] · B[k, n]}. */
        NN,
        /** {@code A[m, k] · B[n, k]ᵀ}. */
        NT,
        /** {@code A[k, m]ᵀ · B[k, n]}. */
        TN
    }

    /** Bytes of {@link #room}. */
    long ROOM_BYTES = 4L << 20;

    /** Working memory for one call at a time. */
    static MemorySegment room(Arena arena) {
        return arena.allocate(ROOM_BYTES, FloatRows.ALIGNMENT);
    }

    /**
     * {@code C[m, n] = op(A) · op(B)}, or added to C. Every worker of the job calls it alike; rows of C are shared among them.
     * Begins and ends without waiting, but waits inside: the caller places barriers before (A, B and C are ready) and after (C
     * is read, or {@code room} used again), as with the operations of {@link Ops}.
     *
     * @param a address of A, rows {@code lda} floats apart
     * @param b address of B, rows {@code ldb} floats apart
     * @param c address of C, rows {@code ldc} floats apart
     * @param k at least 1
     * @param room working memory ({@link #room}), the same one in all workers
     */
    void multiply(
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
            MemorySegment room);

    /** Columns that a B of {@code n} columns has when it is packed: those beyond n are zero. */
    int packedColumns(int n);

    /** Bytes of a packed B. */
    default long packedBytes(int n, int k) {
        return (long) Float.BYTES * packedColumns(n) * k;
    }

    /**
     * Packs B once for many products. The strips are shared among the workers; the caller places a barrier after it.
     *
     * @param transposed whether B is stored as {@code [n, k]}
     * @param packed {@link #packedBytes} bytes
     */
    void pack(Worker worker, boolean transposed, int n, int k, long b, long ldb, MemorySegment packed);

    /**
     * A product with a packed B, by the caller alone and without waiting: {@code C[m, n] = A · B}, or added to C.
     *
     * @param columns whether A is stored as {@code [k, m]}
     * @param n up to {@link #packedColumns}
     * @param packed what {@link #pack} made of a B of depth k
     */
    void multiplyPacked(
            boolean columns,
            int m,
            int n,
            int k,
            long a,
            long lda,
            MemorySegment packed,
            long c,
            long ldc,
            boolean accumulate);

    /** {@code C = A · Bᵀ} for whole tables: activations {@code [tokens, in]} and weights {@code [out, in]}, for instance. */
    default void multiply(
            Worker worker,
            Form form,
            FloatRows a,
            FloatRows b,
            FloatRows c,
            int tokens,
            boolean accumulate,
            MemorySegment room) {
        int m = form == Form.TN ? a.cols() : tokens;
        int k = form == Form.TN ? tokens : a.cols();
        int n = form == Form.NT ? b.rows() : b.cols();
        int bRows = form == Form.NT ? n : k;
        int bCols = form == Form.NT ? k : n;
        if (a.rows() < tokens || b.rows() < bRows || b.cols() != bCols || c.rows() < m || c.cols() != n) {
            throw new IllegalArgumentException(form + " product of " + tokens + " tokens: " + a.rows() + " × "
                    + a.cols() + " by " + b.rows() + " × " + b.cols() + " into " + c.rows() + " × " + c.cols());
        }
        multiply(
                worker,
                form,
                m,
                n,
                k,
                a.data().address(),
                a.cols(),
                b.data().address(),
                b.cols(),
                c.data().address(),
                c.cols(),
                accumulate,
                room);
    }
}
