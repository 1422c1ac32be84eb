package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Gemm;
import dev.jerboa.kernel.ops.machine.asm.Routine;
import java.lang.foreign.MemorySegment;

/**
 * Products by {@link GemmKernel}, in pieces that the caches hold:
 *
 * <pre>
 * piece of k and n that fits the room → pack B into strips, shared → barrier
 *   → for blocks of k, blocks of n (second-level cache), own rows by {@link GemmKernel#maxRows}: kernel → barrier
 * </pre>
 */
final class MachineGemm implements Gemm {
    /** Depth of a block: rows of A of this length stay in the first-level cache. */
    private static final int BLOCK_K = 256;

    /** Columns of a block: with the depth, a half of a second-level cache of 1 MiB. */
    private static final int BLOCK_N = 512;

    private final Target target;
    private final int maxRows;
    private final int stripColumns;
    private final int stripStep;
    private final Routine[] kernels;
    private final Routine packRows;
    private final Routine packColumns;
    private final ThreadLocal<Workspace> workspaces = ThreadLocal.withInitial(Workspace::new);

    MachineGemm(Routines routines) {
        this.target = routines.target();
        this.maxRows = GemmKernel.maxRows(target);
        this.stripColumns = GemmKernel.stripColumns(target);
        this.stripStep = stripColumns * Float.BYTES;
        this.kernels = new Routine[4 * maxRows];
        for (int rows = 1; rows <= maxRows; rows++) {
            for (int form = 0; form < 4; form++) {
                GemmKernel kernel = new GemmKernel(rows, (form & 1) != 0, (form & 2) != 0);
                kernels[4 * (rows - 1) + form] = routines.get(kernel, kernel::emit);
            }
        }
        GemmPack rows = new GemmPack(false);
        GemmPack columns = new GemmPack(true);
        this.packRows = routines.get(rows, rows::emit);
        this.packColumns = routines.get(columns, columns::emit);
    }

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
        if (k < 1 || room.byteSize() < ROOM_BYTES) {
            throw new IllegalArgumentException(
                    "a product of depth " + k + " with " + room.byteSize() + " bytes of working memory");
        }
        long floats = ROOM_BYTES / Float.BYTES;
        int pieceK = Math.min(k, (int) Math.max(BLOCK_K, floats / stripColumns / 8 / BLOCK_K * BLOCK_K));
        int pieceN = (int) Math.min(strips(n) * (long) stripColumns, floats / pieceK / stripColumns * stripColumns);
        pieceK = (int) Math.min(k, Math.max(pieceK, floats / pieceN / BLOCK_K * BLOCK_K));
        int from = worker.from(m, maxRows);
        int to = worker.to(m, maxRows);
        Workspace own = workspaces.get();
        for (int atN = 0; atN < n; atN += pieceN) {
            int columns = Math.min(pieceN, n - atN);
            for (int atK = 0; atK < k; atK += pieceK) {
                int depth = Math.min(pieceK, k - atK);
                if (atN + atK > 0) {
                    worker.barrier();
                }
                boolean transposed = form == Form.NT;
                long piece = b + Float.BYTES * (transposed ? atN * ldb + atK : atK * ldb + atN);
                pack(worker, own, transposed, piece, ldb, columns, depth, room.address());
                worker.barrier();
                long first = form == Form.TN ? a + Float.BYTES * atK * lda : a + Float.BYTES * (long) atK;
                blocks(
                        own,
                        form,
                        from,
                        to,
                        columns,
                        depth,
                        first,
                        lda,
                        room.address(),
                        c + Float.BYTES * (long) atN,
                        ldc,
                        accumulate || atK > 0);
            }
        }
    }

    private int strips(int columns) {
        return (columns + stripColumns - 1) / stripColumns;
    }

    private void pack(
            Worker worker, Workspace own, boolean transposed, long b, long ldb, int columns, int depth, long room) {
        int strips = strips(columns);
        for (int s = worker.from(strips, 1), end = worker.to(strips, 1); s < end; s++) {
            int first = s * stripColumns;
            long strip = room + (long) s * depth * stripStep;
            int here = Math.min(stripColumns, columns - first);
            if (!transposed) {
                if (here == stripColumns) {
                    packed(own, packRows, b + Float.BYTES * (long) first, ldb, depth, strip);
                } else {
                    packPart(b + Float.BYTES * (long) first, ldb, 1, here, depth, strip, 0, stripColumns);
                }
                continue;
            }
            int lanes = target.lanes();
            for (int at = 0; at < stripColumns; at += lanes) {
                long source = b + Float.BYTES * (first + at) * ldb;
                if (here >= at + lanes) {
                    packed(own, packColumns, source, ldb, depth, strip + Float.BYTES * (long) at);
                } else {
                    packPart(source, 1, ldb, Math.max(0, here - at), depth, strip, at, at + lanes);
                }
            }
        }
    }

    private static void packed(Workspace own, Routine routine, long source, long stride, int depth, long strip) {
        Arguments arguments = own.arguments()
                .set(GemmPack.SOURCE, source)
                .set(GemmPack.STRIDE, Float.BYTES * stride)
                .set(GemmPack.EIGHTS, depth / 8)
                .set(GemmPack.REST, depth % 8)
                .set(GemmPack.STRIP, strip);
        routine.call(arguments.address());
    }

    /** Packs {@code here} columns and zeros after them. */
    private void packPart(
            long source, long strideK, long strideN, int here, int depth, long strip, int fromColumn, int toColumn) {
        for (int i = 0; i < depth; i++) {
            long row = strip + (long) i * stripStep;
            for (int j = fromColumn; j < toColumn; j++) {
                float value = j - fromColumn < here
                        ? Raw.get(source + Float.BYTES * (i * strideK + (j - fromColumn) * strideN))
                        : 0;
                Raw.set(row + Float.BYTES * (long) j, value);
            }
        }
    }

    private void blocks(
            Workspace own,
            Form form,
            int from,
            int to,
            int columns,
            int depth,
            long a,
            long lda,
            long packed,
            long c,
            long ldc,
            boolean accumulate) {
        boolean byColumns = form == Form.TN;
        for (int k = 0; k < depth; k += BLOCK_K) {
            int blockK = Math.min(BLOCK_K, depth - k);
            boolean resume = accumulate || k > 0;
            for (int j = 0; j < columns; j += BLOCK_N) {
                int blockN = Math.min(BLOCK_N, columns - j);
                int whole = blockN / stripColumns;
                long strips = packed + ((long) j / stripColumns * depth + k) * stripStep;
                Arguments arguments = own.arguments()
                        .set(GemmKernel.A_STRIDE, Float.BYTES * lda)
                        .set(GemmKernel.K, blockK)
                        .set(GemmKernel.STRIP_BYTES, (long) depth * stripStep);
                for (int i = from; i < to; i += maxRows) {
                    int rows = Math.min(maxRows, to - i);
                    Routine kernel = kernels[4 * (rows - 1) + (byColumns ? 1 : 0) + (resume ? 2 : 0)];
                    long first = byColumns ? a + Float.BYTES * (k * lda + i) : a + Float.BYTES * (i * lda + k);
                    long out = c + Float.BYTES * (i * ldc + j);
                    arguments.set(GemmKernel.A, first);
                    if (whole > 0) {
                        arguments
                                .set(GemmKernel.B, strips)
                                .set(GemmKernel.STRIPS, whole)
                                .set(GemmKernel.C, out)
                                .set(GemmKernel.C_STRIDE, Float.BYTES * ldc);
                        kernel.call(arguments.address());
                    }
                    int rest = blockN - whole * stripColumns;
                    if (rest > 0) {
                        long strip = strips + (long) whole * depth * stripStep;
                        part(own, kernel, rows, strip, out + (long) whole * stripStep, ldc, rest, resume);
                    }
                }
            }
        }
    }

    /** A strip that reaches past C's columns: by way of a tile of its own. */
    private void part(
            Workspace own, Routine kernel, int rows, long strip, long c, long ldc, int columns, boolean resume) {
        long edge = own.edge((long) maxRows * stripStep).address();
        if (resume) {
            for (int i = 0; i < rows; i++) {
                Raw.copy(c + Float.BYTES * i * ldc, edge + (long) i * stripStep, columns);
            }
        }
        Arguments arguments = own.arguments()
                .set(GemmKernel.B, strip)
                .set(GemmKernel.STRIPS, 1)
                .set(GemmKernel.C, edge)
                .set(GemmKernel.C_STRIDE, stripStep);
        kernel.call(arguments.address());
        for (int i = 0; i < rows; i++) {
            Raw.copy(edge + (long) i * stripStep, c + Float.BYTES * i * ldc, columns);
        }
    }

    /** Native memory by address. */
    private static final class Raw {
        private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

        static float get(long address) {
            return MEMORY.get(FloatRows.FLOAT, address);
        }

        static void set(long address, float value) {
            MEMORY.set(FloatRows.FLOAT, address, value);
        }

        static void copy(long from, long to, int floats) {
            MemorySegment.copy(MEMORY, from, MEMORY, to, (long) floats * Float.BYTES);
        }
    }
}
