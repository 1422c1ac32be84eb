package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.memory.NativePages;
import dev.jerboa.kernel.ops.Ops.Precision;
import dev.jerboa.kernel.ops.machine.asm.Routine;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/** Makes row groups of published weights, on all cores. */
final class Packing {
    /** Source bytes of a task: pages of a mapped file come, and go again, so many at a time on each core. */
    private static final long TASK_BYTES = 2L << 20;

    /** Rows of a task are whole multiples of this, which row groups of every target are not larger than. */
    private static final int GRAIN = 64;

    private static final System.Logger LOG = System.getLogger(Packing.class.getName());

    /** The types that were said to be slow: each once. */
    private static final Set<DType> SLOW_TYPES = ConcurrentHashMap.newKeySet();

    private Packing() {}

    /** Who packs, and whether there may be a reason not to. */
    private enum Way {
        /** All cores, unless the matrix is mapped and memory is short. */
        TOGETHER,
        /** The calling thread, in any case. */
        ALONE
    }

    /** The weights in the form this target multiplies, copied into memory that the arena owns. */
    static MachineWeights pack(Routines routines, Matrix matrix, Precision precision, Arena arena) {
        return made(routines, matrix, precision, arena, Way.TOGETHER);
    }

    /** The weights in memory that the arena owns, whatever their type and however short memory is; by the calling thread alone. */
    static MachineWeights resident(Routines routines, Matrix matrix, Precision precision, Arena arena) {
        MachineWeights made = made(routines, matrix, precision, arena, Way.ALONE);
        if (!(made instanceof MachineWeights.Stored)) {
            return made;
        }
        MemorySegment copy = arena.allocate(matrix.data().byteSize(), FloatRows.ALIGNMENT);
        copy.copyFrom(matrix.data());
        return new MachineWeights.Stored(
                new Matrix(matrix.type(), matrix.rows(), matrix.cols(), copy, matrix.scales()));
    }

    private static MachineWeights made(Routines routines, Matrix matrix, Precision precision, Arena arena, Way way) {
        if (matrix.scales() == null) {
            GroupFormat codes = GroupFormat.of(matrix.type()).orElse(null);
            if (codes != null) {
                return codes(routines, codes, matrix, precision, arena, way);
            }
        }
        Target target = routines.target();
        FloatFormat floats = FloatFormat.of(target, matrix, precision).orElse(null);
        return floats != null ? floats(routines, floats, matrix, arena, way) : stored(matrix);
    }

    private static MachineWeights stored(Matrix matrix) {
        if (SLOW_TYPES.add(matrix.type())) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "kernels: no kernel here multiplies weights of type {0} as they are: each row is decoded at each product,"
                            + " which is slow",
                    matrix.type());
        }
        return new MachineWeights.Stored(matrix);
    }

    /** Packs rows {@code from} to {@code to − 1}, of whole row groups but for the matrix's last rows. */
    private interface Task {
        void pack(int from, int to);
    }

    /**
     * Packs all rows, a task at a time on each core, or here one after another. A mapped file's pages come in one call a task, not in one fault each, and
     * are released after it: what was packed need not stay in memory a second time.
     */
    private static void run(Matrix matrix, Way way, Task task) {
        int rows = matrix.rows();
        int share = way == Way.ALONE ? rows : rows / (2 * Runtime.getRuntime().availableProcessors());
        int step = (int) Math.max(GRAIN, Math.min(share, TASK_BYTES / matrix.rowBytes()) / GRAIN * GRAIN);
        boolean paged = matrix.data().isMapped() && matrix.data().isReadOnly();
        IntStream tasks = IntStream.range(0, (rows + step - 1) / step);
        (rows > step && way == Way.TOGETHER ? tasks.parallel() : tasks).forEach(i -> {
            int from = i * step;
            int to = Math.min(rows, from + step);
            if (paged) {
                NativePages.populate(rows(matrix, from, to));
            }
            task.pack(from, to);
            if (paged) {
                NativePages.release(rows(matrix, from, to));
            }
        });
        if (paged) {
            NativePages.release(matrix.data()); // the pages that two tasks share
        }
    }

    private static MemorySegment rows(Matrix matrix, int from, int to) {
        return matrix.data().asSlice(from * matrix.rowBytes(), (to - from) * matrix.rowBytes());
    }

    private static MachineWeights codes(
            Routines routines, GroupFormat format, Matrix matrix, Precision precision, Arena arena, Way way) {
        int lanes = routines.target().lanes();
        int groups = (matrix.rows() + lanes - 1) / lanes;
        long groupBytes = format.groupBytes(lanes, matrix.cols());
        if (way == Way.TOGETHER
                && PackKernel.packsScales(format)
                && Residency.staysMapped(matrix, groups * groupBytes)) {
            int first = matrix.rows() / lanes;
            MemorySegment edge = arena.allocate((groups - first) * groupBytes, FloatRows.ALIGNMENT);
            new Packer(format, lanes, matrix, edge, first).pack(first * lanes, matrix.rows());
            return new MachineWeights.Codes(format, precision, matrix, edge, groupBytes, first);
        }
        MemorySegment memory = arena.allocate(groups * groupBytes, FloatRows.ALIGNMENT);
        PackKernel kernel = new PackKernel(format);
        Routine routine = routines.get(kernel, kernel::emit);
        int whole = matrix.data().isNative() ? matrix.rows() / lanes * lanes : 0;
        run(matrix, way, (from, to) -> {
            int wholeTo = Math.clamp(whole, from, to);
            Packer packer = new Packer(format, lanes, matrix, memory, 0);
            try (Arena scratch = Arena.ofConfined()) {
                groups(routine, routines.target(), format, matrix, memory, from, wholeTo, scratch);
            }
            if (!PackKernel.packsScales(format)) {
                packer.packScales(from, wholeTo);
            }
            packer.pack(wholeTo, to);
        });
        return new MachineWeights.Codes(format, precision, matrix, memory, groupBytes, 0);
    }

    private static void groups(
            Routine routine,
            Target target,
            GroupFormat format,
            Matrix matrix,
            MemorySegment memory,
            int from,
            int to,
            Arena scratch) {
        int lanes = target.lanes();
        long groupBytes = format.groupBytes(lanes, matrix.cols());
        if (from == to) {
            return;
        }
        long first = memory.address() + from / lanes * groupBytes;
        MemorySegment vectors = scratch.allocate(
                (long) PackKernel.SCRATCH_VECTORS * target.isa().vectorBytes(), 64);
        Arguments arguments = new Arguments(scratch)
                .set(PackKernel.ROW_BYTES, matrix.rowBytes())
                .set(PackKernel.UNITS, format.units(matrix.cols()))
                .set(PackKernel.SCRATCH, vectors.address())
                .set(PackKernel.GROUPS, (to - from) / lanes)
                .set(PackKernel.GROUP_BYTES, groupBytes)
                .set(PackKernel.SOURCE, matrix.data().address() + from * matrix.rowBytes())
                .set(PackKernel.GROUP, first);
        routine.call(arguments.address());
    }

    private static MachineWeights floats(Routines routines, FloatFormat format, Matrix matrix, Arena arena, Way way) {
        int perGroup = FloatFormat.rows(routines.target());
        int lanes = routines.target().lanes();
        int groups = (matrix.rows() + perGroup - 1) / perGroup;
        int elements = matrix.cols() / format.inputs;
        long groupBytes = ((long) elements * perGroup * format.bytes + 63) / 64 * 64;
        FloatPackKernel kernel = new FloatPackKernel(format);
        if (way == Way.TOGETHER
                && elements % kernel.stretch() == 0
                && Residency.staysMapped(matrix, groups * groupBytes)) {
            return new MachineWeights.Floats(format, matrix, MemorySegment.NULL, groupBytes);
        }
        MemorySegment memory = arena.allocate(groups * groupBytes, FloatRows.ALIGNMENT);
        Routine routine = routines.get(kernel, kernel::emit);
        int stretches = matrix.data().isNative() ? elements / kernel.stretch() : 0;
        run(matrix, way, (from, to) -> {
            int whole = stretches == 0 ? from : Math.max(from, to / lanes * lanes);
            try (Arena scratch = Arena.ofConfined()) {
                Arguments arguments = new Arguments(scratch)
                        .set(FloatPackKernel.ROW_BYTES, matrix.rowBytes())
                        .set(FloatPackKernel.STRETCHES, stretches);
                for (int row = from; row < whole; row += lanes) {
                    long lane = (long) row % perGroup * format.bytes;
                    arguments
                            .set(FloatPackKernel.SOURCE, matrix.data().address() + row * matrix.rowBytes())
                            .set(FloatPackKernel.GROUP, memory.address() + row / perGroup * groupBytes + lane);
                    routine.call(arguments.address());
                }
            }
            for (int row = from; row < to; row++) {
                int done = row < whole ? stretches * kernel.stretch() : 0;
                long piece = row / perGroup * groupBytes + (long) done * perGroup * format.bytes;
                column(
                        matrix,
                        row,
                        done,
                        elements - done,
                        memory.asSlice(piece),
                        row % perGroup,
                        perGroup,
                        format.bytes);
            }
        });
        return new MachineWeights.Floats(format, matrix, memory, groupBytes);
    }

    /** Spreads {@code count} elements of a row, from element {@code first} on, over its lane of a row group's piece. */
    static void column(
            Matrix matrix, int row, int first, int count, MemorySegment piece, int lane, int perGroup, int bytes) {
        MemorySegment source = matrix.data();
        long from = row * matrix.rowBytes() + (long) first * bytes;
        long step = (long) perGroup * bytes;
        long to = (long) lane * bytes;
        for (int c = 0; c < count; c++, to += step) {
            switch (bytes) {
                case 4 -> piece.set(Packer.INT, to, source.get(Packer.INT, from + 4L * c));
                case 2 -> piece.set(Packer.SHORT, to, source.get(Packer.SHORT, from + 2L * c));
                default -> piece.set(Packer.BYTE, to, source.get(Packer.BYTE, from + c));
            }
        }
    }
}
