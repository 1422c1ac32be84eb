package dev.jerboa.model.convert;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.encode.RowEncoder;
import dev.jerboa.kernel.memory.NativePages;
import dev.jerboa.model.tensor.EncodedTensor;
import dev.jerboa.model.tensor.TensorBody;
import dev.jerboa.model.tensor.TensorOutput;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Encodes tensors with all of a team's threads: a stretch of rows at a time is shared out and encoded into memory, then written. A
 * row's bytes depend on the row alone.
 */
final class EncodedBody implements AutoCloseable {
    /** Values of a stretch, about; and of what a thread reads at a time. */
    private static final int STRETCH_VALUES = 1 << 22;

    private static final int PIECE_VALUES = 1 << 15;

    private final Team team;
    private final Arena arena = Arena.ofShared();
    private final List<Own> own = new ArrayList<>();
    private MemorySegment encoded = MemorySegment.NULL;

    /** What a thread works in. */
    private static final class Own {
        final RowEncoder encoder;
        float[] values = new float[0];
        float[] importances = new float[0];

        Own(Arena arena) {
            encoder = new RowEncoder(arena);
        }

        void room(int count, boolean weighted) {
            if (values.length < count) {
                values = new float[count];
            }
            if (weighted && importances.length < count) {
                importances = new float[count];
            }
        }
    }

    EncodedBody(Team team) {
        this.team = team;
        for (int i = 0; i < team.size(); i++) {
            own.add(new Own(arena));
        }
    }

    /**
     * A tensor's bytes in a type.
     *
     * @param importances of the columns of each matrix of the tensor, or null
     * @param progress told the number of values that are done
     */
    TensorBody of(PlannedTensor tensor, DType type, float @Nullable [] importances, LongConsumer progress) {
        MemorySegment bytes = tensor.bytes();
        if (bytes != null && type == tensor.stored()) {
            return output -> {
                output.write(bytes);
                release(bytes);
                progress.accept(tensor.rowCount() * tensor.columns());
            };
        }
        return output -> {
            encode(tensor, type, importances, output, progress);
            tensor.matrices().forEach(matrix -> release(matrix.data()));
        };
    }

    /** What has been read of a mapped file need not stay in memory. */
    private static void release(MemorySegment read) {
        if (read.isMapped() && read.isReadOnly()) {
            NativePages.release(read);
        }
    }

    private void encode(
            PlannedTensor tensor,
            DType type,
            float @Nullable [] importances,
            TensorOutput output,
            LongConsumer progress) {
        int columns = tensor.columns();
        long rows = tensor.rowCount();
        if (rows == 0) {
            return;
        }
        int stretch = (int) Math.min(rows, Math.max(1, STRETCH_VALUES / columns));
        long rowBytes = type.bytes(columns);
        if (encoded.byteSize() < stretch * rowBytes) {
            encoded = arena.allocate(stretch * rowBytes, 64);
        }
        int matrices = importances == null ? 1 : importances.length / columns;
        long matrixRows = rows / matrices;
        PlannedTensor.Rows source = tensor.rows().get();
        EncodedTensor.RowWriter copied = type == tensor.stored() ? tensor.copied() : null;
        for (long from = 0; from < rows; from += stretch) {
            long first = from;
            int count = (int) Math.min(stretch, rows - from);
            team.run(worker -> {
                if (copied == null) {
                    share(worker, source, type, importances, matrixRows, columns, first, count, rowBytes);
                } else {
                    for (int row = worker.from(count, 1); row < worker.to(count, 1); row++) {
                        copied.write(first + row, encoded, row * rowBytes);
                    }
                }
            });
            output.write(encoded.asSlice(0, count * rowBytes));
            progress.accept((long) count * columns);
        }
    }

    private void share(
            Worker worker,
            PlannedTensor.Rows source,
            DType type,
            float @Nullable [] importances,
            long matrixRows,
            int columns,
            long first,
            int count,
            long rowBytes) {
        Own mine = own.get(worker.id());
        int piece = Math.max(1, PIECE_VALUES / columns);
        mine.room(Math.multiplyExact(piece, columns), importances != null);
        int end = worker.to(count, 1);
        for (int row = worker.from(count, 1); row < end; row += piece) {
            int rows = Math.min(piece, end - row);
            source.read(first + row, rows, mine.values, 0);
            if (importances != null) {
                for (int r = 0; r < rows; r++) {
                    int matrix = (int) ((first + row + r) / matrixRows);
                    System.arraycopy(importances, matrix * columns, mine.importances, r * columns, columns);
                }
            }
            mine.encoder.encode(
                    type,
                    mine.values,
                    importances == null ? null : mine.importances,
                    0,
                    rows * columns,
                    encoded,
                    row * rowBytes);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
