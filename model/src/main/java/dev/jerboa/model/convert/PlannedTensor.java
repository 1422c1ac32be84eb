package dev.jerboa.model.convert;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.safetensors.BlockScaled;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.lang.foreign.MemorySegment;
import java.util.List;
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
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PlannedTensor(
        String name,
        long[] shape,
        DType stored,
        @Nullable MemorySegment bytes,
        List<Matrix> matrices,
        Supplier<Rows> rows) {
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
        return new PlannedTensor(other, shape, stored, bytes, matrices, rows);
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
