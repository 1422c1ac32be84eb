package dev.jerboa.model.convert;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.safetensors.BlockScaled;
import dev.jerboa.model.tensor.EncodedTensor;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A tensor that is to be written: its name and shape, and where its values come from.
 *
 * @param name in the container that is written
 * @param shape sizes, the contiguous one last
 * @param stored the type that the values have where they come from
 * @param bytes the values as they are in that type, or null where they have to be put together
 * @param matrices what products read of the source, matrix after matrix, where the rows of each are rows here; else none
 * @param rows opens the values, when their turn comes
 * @param copied writes rows as they are in that type where they have to be put together, or null where nothing can
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PlannedTensor(
        String name,
        long[] shape,
        DType stored,
        @Nullable MemorySegment bytes,
        List<Matrix> matrices,
        Supplier<Rows> rows,
        EncodedTensor.@Nullable RowWriter copied) {
    PlannedTensor(
            String name,
            long[] shape,
            DType stored,
            @Nullable MemorySegment bytes,
            List<Matrix> matrices,
            Supplier<Rows> rows) {
        this(name, shape, stored, bytes, matrices, rows, null);
    }

    /** Rows of values, for several threads. */
    interface Rows {
        /** Reads rows {@code from} to {@code from + count − 1} as float32. */
        void read(long from, int count, float[] out, int offset);
    }

    /** The number of values in a row. */
    int columns() {
        return shape.length == 0 ? 1 : Math.toIntExact(shape[shape.length - 1]);
    }

    long rowCount() {
        long elements = StoredTensor.elements(shape);
        return columns() == 0 ? 0 : elements / columns();
    }

    PlannedTensor named(String other) {
        return new PlannedTensor(other, shape, stored, bytes, matrices, rows, copied);
    }

    /** The same values in other dimensions, of which the contiguous one stays. */
    PlannedTensor shaped(long... other) {
        return new PlannedTensor(name, other, stored, bytes, List.of(), rows, copied);
    }

    /** A tensor as it is. */
    static PlannedTensor of(String name, StoredTensor tensor) {
        List<Matrix> matrices = List.of();
        if (tensor.rank() == 2) {
            matrices = List.of(tensor.matrix());
        } else if (tensor.rank() == 3) {
            matrices = IntStream.range(0, Math.toIntExact(tensor.size(0)))
                    .mapToObj(tensor::matrix)
                    .toList();
        }
        return new PlannedTensor(name, tensor.shape(), tensor.type(), tensor.data(), matrices, () -> tensor::rows);
    }

    /** A source's tensor by name, with the scales beside it where there are such. */
    static PlannedTensor of(String name, TensorSource source, String sourceName) {
        EncodedTensor encoded = source.encoded(sourceName);
        if (encoded != null) {
            return encoded(name, new long[] {encoded.rows(), encoded.cols()}, encoded.type(), encoded.writer());
        }
        StoredTensor tensor = source.find(sourceName);
        if (tensor != null && tensor.rank() != 2) {
            return of(name, tensor);
        }
        Matrix matrix = source.matrix(sourceName);
        PlannedTensor plain = matrices(name, new long[] {matrix.rows(), matrix.cols()}, List.of(matrix));
        boolean whole = tensor != null && matrix.scales() == null && tensor.type() == matrix.type();
        return new PlannedTensor(
                name, plain.shape, plain.stored, whole ? matrix.data() : null, plain.matrices, plain.rows);
    }

    /** Matrices of one size after each other. */
    static PlannedTensor matrices(String name, long[] shape, List<Matrix> matrices) {
        Matrix first = matrices.getFirst();
        for (Matrix matrix : matrices) {
            if (matrix.rows() != first.rows() || matrix.cols() != first.cols()) {
                throw new ModelException("tensor " + name + ": the matrices that it is made of are of several sizes, "
                        + first.rows() + " × " + first.cols() + " and " + matrix.rows() + " × " + matrix.cols());
            }
        }
        Rows rows = (from, count, out, offset) -> {
            for (int r = 0; r < count; r++) {
                Matrix matrix = matrices.get(Math.toIntExact((from + r) / first.rows()));
                int row = (int) ((from + r) % first.rows());
                BlockScaled.decode(matrix, row, 1, out, offset + r * first.cols());
            }
        };
        return new PlannedTensor(name, shape, lossless(matrices), null, matrices, () -> rows);
    }

    /** Rows that a writer makes in a type, one at a time. */
    static PlannedTensor encoded(String name, long[] shape, DType type, EncodedTensor.RowWriter writer) {
        int columns = Math.toIntExact(shape[shape.length - 1]);
        Rows rows = (from, count, out, offset) -> {
            try (Arena own = Arena.ofConfined()) {
                MemorySegment row = own.allocate(type.bytes(columns));
                for (int r = 0; r < count; r++) {
                    writer.write(from + r, row, 0);
                    type.decode(row, 0, out, offset + r * columns, columns);
                }
            }
        };
        return new PlannedTensor(name, shape, type, null, List.of(), () -> rows, writer);
    }

    /**
     * Every {@code step}-th output from {@code first} on of matrices, {@code count} of each.
     *
     * @param inputsFirst whether the matrices are inputs × outputs
     */
    static PlannedTensor outputs(
            String name, boolean stacked, List<Matrix> matrices, boolean inputsFirst, int first, int step, int count) {
        Matrix one = matrices.getFirst();
        int columns = inputsFirst ? one.rows() : one.cols();
        long[] shape = stacked ? new long[] {matrices.size(), count, columns} : new long[] {count, columns};
        boolean together = !inputsFirst
                && step == 1
                && matrices.stream()
                        .allMatch(m -> m.scales() == null || first % m.scales().blockRows() == 0);
        if (together) {
            return matrices(
                    name,
                    shape,
                    matrices.stream().map(m -> m.slice(first, count)).toList());
        }
        if (inputsFirst && one.type().blockSize() != 1) {
            throw new ModelException("tensor " + name + ": its experts are " + one.type()
                    + ", inputs first; expected single elements, such as BF16");
        }
        Rows rows = (from, n, out, offset) -> {
            for (int r = 0; r < n; ) {
                Matrix matrix = matrices.get(Math.toIntExact((from + r) / count));
                int row = (int) ((from + r) % count);
                int run = inputsFirst ? Math.min(n - r, count - row) : 1;
                if (inputsFirst) {
                    turned(matrix, first + row * step, step, run, out, offset + r * columns);
                } else {
                    BlockScaled.decode(matrix, first + row * step, 1, out, offset + r * columns);
                }
                r += run;
            }
        };
        return new PlannedTensor(name, shape, lossless(matrices), null, List.of(), () -> rows);
    }

    /** Columns {@code first}, {@code first + step} … of a matrix as rows. */
    private static void turned(Matrix matrix, int first, int step, int count, float[] out, int offset) {
        int size = matrix.type().blockBytes();
        int width = (count - 1) * step + 1;
        float[] part = new float[width];
        Matrix.BlockScales scales = matrix.scales();
        for (int i = 0; i < matrix.rows(); i++) {
            matrix.type().decode(matrix.data(), i * matrix.rowBytes() + (long) first * size, part, 0, width);
            for (int r = 0; r < count; r++) {
                float scale = scales == null
                        ? 1
                        : scales.values().get(i / scales.blockRows(), (first + r * step) / scales.blockCols());
                out[offset + r * matrix.rows() + i] = part[r * step] * scale;
            }
        }
    }

    /** The plainest type that holds all of the matrices' values. */
    private static DType lossless(List<Matrix> matrices) {
        DType type = matrices.getFirst().type();
        boolean alike = matrices.stream().allMatch(matrix -> matrix.type() == type);
        return alike ? type : DType.F32;
    }

    /** The tensor with its rows in another order. */
    PlannedTensor reordered(IntUnaryOperator sourceRow) {
        if (shape.length == 1) { // a bias: one value is a row
            Supplier<Rows> values = () -> {
                int count = Math.toIntExact(shape[0]);
                float[] all = new float[count];
                rows.get().read(0, 1, all, 0);
                float[] turned = new float[count];
                for (int i = 0; i < count; i++) {
                    turned[i] = all[sourceRow.applyAsInt(i)];
                }
                return (from, n, out, offset) -> System.arraycopy(turned, 0, out, offset, count);
            };
            return new PlannedTensor(name, shape, stored, null, List.of(), values);
        }
        Supplier<Rows> turned = () -> {
            Rows source = rows.get();
            return (from, count, out, offset) -> {
                for (int r = 0; r < count; r++) {
                    source.read(sourceRow.applyAsInt((int) from + r), 1, out, offset + r * columns());
                }
            };
        };
        return new PlannedTensor(name, shape, stored, null, matrices, turned);
    }

    /** {@code count} rows, each from somewhere in this one. */
    PlannedTensor picked(String other, long count, IntUnaryOperator sourceRow) {
        PlannedTensor turned = reordered(sourceRow);
        return new PlannedTensor(other, new long[] {count, columns()}, stored, null, matrices, turned.rows);
    }

    /** The tensor with its columns in another order. */
    PlannedTensor reorderedColumns(IntUnaryOperator sourceColumn) {
        int columns = columns();
        Supplier<Rows> turned = () -> {
            Rows source = rows.get();
            return (from, count, out, offset) -> {
                float[] row = new float[columns];
                for (int r = 0; r < count; r++) {
                    source.read(from + r, 1, row, 0);
                    for (int c = 0; c < columns; c++) {
                        out[offset + r * columns + c] = row[sourceColumn.applyAsInt(c)];
                    }
                }
            };
        };
        return new PlannedTensor(name, shape, stored, null, List.of(), turned);
    }

    /** The tensor with each value replaced by a float32 function of it. */
    PlannedTensor mapped(DoubleUnaryOperator function) {
        int columns = columns();
        Supplier<Rows> mapped = () -> {
            Rows source = rows.get();
            return (from, count, out, offset) -> {
                source.read(from, count, out, offset);
                for (int i = offset; i < offset + count * columns; i++) {
                    out[i] = (float) function.applyAsDouble(out[i]);
                }
            };
        };
        return new PlannedTensor(name, shape, DType.F32, null, List.of(), mapped);
    }

    /** Values that are made all at once when their turn comes. */
    static PlannedTensor made(String name, long[] shape, DType stored, Supplier<float[]> values) {
        int columns = Math.toIntExact(shape[shape.length - 1]);
        return new PlannedTensor(name, shape, stored, null, List.of(), () -> {
            float[] all = values.get();
            return (from, count, out, offset) ->
                    System.arraycopy(all, Math.toIntExact(from * columns), out, offset, count * columns);
        });
    }

    /** All values. */
    float[] floats() {
        float[] all = new float[Math.toIntExact(StoredTensor.elements(shape))];
        rows.get().read(0, Math.toIntExact(rowCount()), all, 0);
        return all;
    }
}
