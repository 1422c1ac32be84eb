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
 *   → for blocks of k, blocks of own rows (second-level cache; of a transposed A packed into tiles): kernel → barrier
 * </pre>
 */
final class MachineGemm implements Gemm {
    /** Bytes of a strip of a block: what the first-level cache holds. */
    private static final int STRIP_BYTES = 1 << 15;

    /** Bytes of the rows of a block: a part of a second-level cache. */
    private static final int ROWS_BYTES = 240 << 10;

    /** So many columns of C make it worth while to pack an A that is stored transposed. */
    private static final int PACKED_COLUMNS = 96;

    /**
     * The routines for strips of so many vectors.
     *
     * @param kernels by rows, form of A, and whether sums are resumed
     * @param packTiles by rows
     */
    private record Strips(
            Target target,
            int vectors,
            int maxRows,
            int columns,
            int step,
            Routine[] kernels,
            Routine packRows,
            Routine packColumns,
            Routine[] packTiles) {
        static Strips of(Routines routines, int vectors) {
            Target target = routines.target();
            int maxRows = GemmKernel.maxRows(target, vectors);
            int columns = vectors * target.lanes();
            Routine[] kernels = new Routine[4 * maxRows];
            Routine[] packTiles = new Routine[maxRows];
            for (int rows = 1; rows <= maxRows; rows++) {
                GemmPackRows tile = new GemmPackRows(rows);
                packTiles[rows - 1] = routines.get(tile, tile::emit);
                for (int form = 0; form < 4; form++) {
                    GemmKernel kernel = new GemmKernel(rows, vectors, (form & 1) != 0, (form & 2) != 0);
                    kernels[4 * (rows - 1) + form] = routines.get(kernel, kernel::emit);
                }
            }
            GemmPack rows = new GemmPack(false, vectors);
            GemmPack transposed = new GemmPack(true, vectors);
            return new Strips(
                    target,
                    vectors,
                    maxRows,
                    columns,
                    columns * Float.BYTES,
                    kernels,
                    routines.get(rows, rows::emit),
                    routines.get(transposed, transposed::emit),
                    packTiles);
        }

        /** Depth of a block. */
        int blockK() {
            return STRIP_BYTES / step;
        }

        /** Rows of a block. */
        int blockM() {
            return ROWS_BYTES / Float.BYTES / blockK() / maxRows * maxRows;
        }

        Routine kernel(int rows, boolean byColumns, boolean resume) {
            return kernels[4 * (rows - 1) + (byColumns ? 1 : 0) + (resume ? 2 : 0)];
        }

        int count(int columns) {
            return Math.ceilDiv(columns, this.columns);
        }
    }

    private final Strips two;
    private final Strips three;
    private final ThreadLocal<Workspace> workspaces = ThreadLocal.withInitial(Workspace::new);

    MachineGemm(Routines routines) {
        this.two = Strips.of(routines, 2);
        this.three = Strips.of(routines, 3);
    }

    private Strips strips(int columns) {
        return GemmKernel.vectors(two.target, columns) == 3 ? three : two;
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
        Strips strips = strips(n);
        int wide = strips.columns;
        int block = strips.blockK();
        long floats = ROOM_BYTES / Float.BYTES;
        int pieceK = Math.min(k, (int) Math.max(block, floats / wide / 8 / block * block));
        int pieceN = (int) Math.min(strips.count(n) * (long) wide, floats / pieceK / wide * wide);
        pieceK = (int) Math.min(k, Math.max(pieceK, floats / pieceN / block * block));
        int from = worker.from(m, strips.maxRows);
        int to = worker.to(m, strips.maxRows);
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
                pack(strips, worker, own, transposed, piece, ldb, columns, depth, room.address());
                worker.barrier();
                long first = form == Form.TN ? a + Float.BYTES * atK * lda : a + Float.BYTES * (long) atK;
                blocks(
                        strips,
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

    @Override
    public int packedColumns(int n) {
        Strips strips = strips(n);
        return strips.count(n) * strips.columns;
    }

    @Override
    public void pack(Worker worker, boolean transposed, int n, int k, long b, long ldb, MemorySegment packed) {
        pack(strips(n), worker, workspaces.get(), transposed, b, ldb, n, k, packed.address());
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
        Form form = columns ? Form.TN : Form.NN;
        blocks(strips(n), workspaces.get(), form, 0, m, n, k, a, lda, packed.address(), c, ldc, accumulate);
    }

    private static void pack(
            Strips strips,
            Worker worker,
            Workspace own,
            boolean transposed,
            long b,
            long ldb,
            int columns,
            int depth,
            long room) {
        int stripColumns = strips.columns;
        int count = strips.count(columns);
        for (int s = worker.from(count, 1), end = worker.to(count, 1); s < end; s++) {
            int first = s * stripColumns;
            long strip = room + (long) s * depth * strips.step;
            int here = Math.min(stripColumns, columns - first);
            if (!transposed) {
                if (here == stripColumns) {
                    packed(own, strips.packRows, b + Float.BYTES * (long) first, ldb, depth, strip);
                } else {
                    packPart(strips, b + Float.BYTES * (long) first, ldb, 1, here, depth, strip, 0, stripColumns);
                }
                continue;
            }
            int lanes = strips.target.lanes();
            for (int at = 0; at < stripColumns; at += lanes) {
                long source = b + Float.BYTES * (first + at) * ldb;
                if (here >= at + lanes) {
                    packed(own, strips.packColumns, source, ldb, depth, strip + Float.BYTES * (long) at);
                } else {
                    packPart(strips, source, 1, ldb, Math.max(0, here - at), depth, strip, at, at + lanes);
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
    private static void packPart(
            Strips strips,
            long source,
            long strideK,
            long strideN,
            int here,
            int depth,
            long strip,
            int fromColumn,
            int toColumn) {
        for (int i = 0; i < depth; i++) {
            long row = strip + (long) i * strips.step;
            for (int j = fromColumn; j < toColumn; j++) {
                float value = j - fromColumn < here
                        ? Raw.get(source + Float.BYTES * (i * strideK + (j - fromColumn) * strideN))
                        : 0;
                Raw.set(row + Float.BYTES * (long) j, value);
            }
        }
    }

    private static void blocks(
            Strips strips,
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
        boolean tiles = byColumns && columns >= PACKED_COLUMNS;
        int blockM = strips.blockM();
        for (int k = 0; k < depth; k += strips.blockK()) {
            int blockK = Math.min(strips.blockK(), depth - k);
            Block block = new Block(
                    strips,
                    own,
                    columns,
                    blockK,
                    byColumns,
                    packed + (long) k * strips.step,
                    (long) depth * strips.step,
                    ldc,
                    accumulate || k > 0);
            for (int i = from; i < to; i += blockM) {
                int rows = Math.min(blockM, to - i);
                int whole = rows / strips.maxRows;
                int rest = rows % strips.maxRows;
                int done = whole * strips.maxRows;
                long left = a + Float.BYTES * (byColumns ? k * lda + i : i * lda + k);
                long out = c + Float.BYTES * (i * ldc);
                if (tiles) {
                    left = packRows(strips, own, rows, blockK, left, lda);
                    block.multiply(left, strips.maxRows, (long) strips.maxRows * blockK, strips.maxRows, whole, out);
                    block.multiply(
                            left + Float.BYTES * (long) done * blockK,
                            rest,
                            0,
                            rest,
                            1,
                            out + Float.BYTES * done * ldc);
                } else {
                    long row = byColumns ? 1 : lda;
                    block.multiply(left, lda, strips.maxRows * row, strips.maxRows, whole, out);
                    block.multiply(left + Float.BYTES * done * row, lda, 0, rest, 1, out + Float.BYTES * done * ldc);
                }
            }
        }
    }

    /**
     * A block of B with the columns of C that it is for.
     *
     * @param packed its first strip
     * @param stripBytes from strip to strip
     */
    private record Block(
            Strips strips,
            Workspace own,
            int columns,
            int depth,
            boolean byColumns,
            long packed,
            long stripBytes,
            long ldc,
            boolean resume) {
        /** Some tiles of equal rows: the floats of A are {@code stride} apart, tiles {@code tileStride}. */
        void multiply(long a, long stride, long tileStride, int rows, int tiles, long c) {
            if (rows == 0 || tiles == 0) {
                return;
            }
            Routine kernel = strips.kernel(rows, byColumns, resume);
            int whole = columns / strips.columns;
            Arguments arguments = own.arguments()
                    .set(GemmKernel.A, a)
                    .set(GemmKernel.A_STRIDE, Float.BYTES * stride)
                    .set(GemmKernel.A_TILE, Float.BYTES * tileStride)
                    .set(GemmKernel.K, depth)
                    .set(GemmKernel.STRIP_BYTES, stripBytes);
            if (whole > 0) {
                arguments
                        .set(GemmKernel.TILES, tiles)
                        .set(GemmKernel.B, packed)
                        .set(GemmKernel.STRIPS, whole)
                        .set(GemmKernel.C, c)
                        .set(GemmKernel.C_STRIDE, Float.BYTES * ldc)
                        .set(GemmKernel.C_TILE, Float.BYTES * rows * ldc);
                kernel.call(arguments.address());
            }
            int rest = columns - whole * strips.columns;
            if (rest == 0) {
                return;
            }
            long strip = packed + whole * stripBytes;
            for (int tile = 0; tile < tiles; tile++) {
                long out = c + Float.BYTES * (tile * rows * ldc + (long) whole * strips.columns);
                arguments.set(GemmKernel.A, a + Float.BYTES * tile * tileStride);
                part(kernel, rows, strip, out, rest);
            }
        }

        /** A tile of a strip that reaches past C's columns: by way of a place of its own. */
        private void part(Routine kernel, int rows, long strip, long c, int count) {
            long edge = own.edge((long) strips.maxRows * strips.step).address();
            if (resume) {
                for (int i = 0; i < rows; i++) {
                    Raw.copy(c + Float.BYTES * i * ldc, edge + (long) i * strips.step, count);
                }
            }
            Arguments arguments = own.arguments()
                    .set(GemmKernel.TILES, 1)
                    .set(GemmKernel.B, strip)
                    .set(GemmKernel.STRIPS, 1)
                    .set(GemmKernel.C, edge)
                    .set(GemmKernel.C_STRIDE, strips.step);
            kernel.call(arguments.address());
            for (int i = 0; i < rows; i++) {
                Raw.copy(edge + (long) i * strips.step, c + Float.BYTES * i * ldc, count);
            }
        }
    }

    /** Rows of a transposed A, a tile after the other; where they are. */
    private static long packRows(Strips strips, Workspace own, int rows, int depth, long a, long lda) {
        long packed = own.records((long) Float.BYTES * rows * depth).address();
        int whole = rows / strips.maxRows;
        int rest = rows % strips.maxRows;
        if (whole > 0) {
            packTiles(strips, own, strips.maxRows, whole, depth, a, lda, packed);
        }
        if (rest > 0) {
            int done = whole * strips.maxRows;
            packTiles(
                    strips,
                    own,
                    rest,
                    1,
                    depth,
                    a + Float.BYTES * (long) done,
                    lda,
                    packed + Float.BYTES * (long) done * depth);
        }
        return packed;
    }

    private static void packTiles(
            Strips strips, Workspace own, int rows, int tiles, int depth, long a, long lda, long to) {
        Arguments arguments = own.arguments()
                .set(GemmPackRows.SOURCE, a)
                .set(GemmPackRows.STRIDE, Float.BYTES * lda)
                .set(GemmPackRows.K, depth)
                .set(GemmPackRows.TILES, tiles)
                .set(GemmPackRows.TARGET, to)
                .set(GemmPackRows.TILE_BYTES, (long) Float.BYTES * rows * depth);
        strips.packTiles[rows - 1].call(arguments.address());
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
