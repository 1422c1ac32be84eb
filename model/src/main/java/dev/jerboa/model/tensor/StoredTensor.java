package dev.jerboa.model.tensor;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.model.ModelException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A named tensor as it lies in a file: row-major, the last dimension contiguous and made of whole blocks of its
 * {@link DType}. The shape is that of Hugging Face (outputs × inputs); GGUF writes the same numbers in reverse.
 *
 * <p>Immutable; safe for several threads. The bytes are read-only, usually mapped, aligned to nothing, and belong to the
 * arena that the file was opened with.
 */
public final class StoredTensor {
    private final String source;
    private final String name;
    private final DType type;
    private final long[] shape;
    private final long elements;
    private final MemorySegment data;

    /**
     * @param source the file, for messages
     * @param shape sizes from the outermost dimension to the contiguous one; empty for a scalar
     * @param data exactly the tensor's bytes
     */
    public StoredTensor(String source, String name, DType type, long[] shape, MemorySegment data) {
        this.source = source;
        this.name = name;
        this.type = type;
        this.shape = shape.clone();
        this.elements = elements(shape);
        this.data = data.asReadOnly();
        long columns = shape.length == 0 ? 1 : shape[shape.length - 1];
        if (columns % type.blockSize() != 0 || data.byteSize() != type.bytes(elements)) {
            throw new IllegalArgumentException("tensor " + name + " of " + type + " " + Arrays.toString(shape)
                    + " does not take " + data.byteSize() + " bytes");
        }
    }

    /** The product of the sizes (1 for a scalar); an {@link ArithmeticException} where it, or a size, is not a non-negative long. */
    public static long elements(long... shape) {
        long product = 1;
        boolean empty = false;
        for (long size : shape) {
            if (size < 0) {
                throw new ArithmeticException("negative size " + size);
            }
            empty |= size == 0;
            product = size == 0 ? product : Math.multiplyExact(product, size);
        }
        return empty ? 0 : product;
    }

    /** The file that holds it. */
    public String source() {
        return source;
    }

    public String name() {
        return name;
    }

    public DType type() {
        return type;
    }

    /** A copy of the sizes, outermost first. */
    public long[] shape() {
        return shape.clone();
    }

    /** The number of dimensions; 0 for a scalar. */
    public int rank() {
        return shape.length;
    }

    /** One size; negative numbers count from the contiguous dimension (−1). */
    public long size(int dimension) {
        return shape[dimension < 0 ? shape.length + dimension : dimension];
    }

    /** The number of values. */
    public long elements() {
        return elements;
    }

    /** The bytes, read-only. */
    public MemorySegment data() {
        return data;
    }

    /** The tensor as a weight matrix that shares its bytes; it must have two dimensions (leading sizes of 1 are dropped). */
    public Matrix matrix() {
        int first = 0;
        while (shape.length - first > 2 && shape[first] == 1) {
            first++;
        }
        if (shape.length - first != 2) {
            throw unfit("a matrix of two dimensions");
        }
        return new Matrix(type, positive(shape[first]), positive(shape[first + 1]), data);
    }

    /** Slab {@code index} of a three-dimensional tensor (expert × out × in) as a matrix that shares its bytes. */
    public Matrix matrix(int index) {
        if (shape.length != 3 || index < 0 || index >= shape[0]) {
            throw unfit("three dimensions, the first larger than " + index);
        }
        long bytes = type.bytes(shape[1] * shape[2]);
        return new Matrix(type, positive(shape[1]), positive(shape[2]), data.asSlice(index * bytes, bytes));
    }

    /** All values as float32 on the heap, in file order. */
    public float[] floats() {
        if (elements > Integer.MAX_VALUE - 8) {
            throw unfit("at most 2^31 − 9 values to fit a Java array");
        }
        float[] out = new float[(int) elements];
        type.decode(data, 0, out, 0, out.length);
        return out;
    }

    /** The values of the rows {@code from} to {@code from + count}, a row being the contiguous dimension, into {@code out}. */
    public void rows(long from, int count, float[] out, int offset) {
        int columns = positive(shape.length == 0 ? 1 : shape[shape.length - 1]);
        if (from < 0 || count < 0 || from + count > elements / columns) {
            throw new IndexOutOfBoundsException(
                    source + ": tensor " + name + " has no rows " + from + " to " + (from + count));
        }
        type.decode(data, type.bytes(from * columns), out, offset, Math.multiplyExact(count, columns));
    }

    /** The tensor decoded into a table owned by {@code arena}: the contiguous dimension × everything before it. */
    public FloatRows table(Arena arena) {
        int columns = positive(shape.length == 0 ? 1 : shape[shape.length - 1]);
        FloatRows table = FloatRows.allocate(arena, positive(elements / columns), columns);
        float[] row = new float[columns];
        for (int r = 0; r < table.rows(); r++) {
            rows(r, 1, row, 0);
            MemorySegment.copy(row, 0, table.data(), FloatRows.FLOAT, table.offset(r), columns);
        }
        return table;
    }

    private int positive(long size) {
        if (size <= 0 || size > Integer.MAX_VALUE - 8) {
            throw unfit("sizes from 1 to 2^31 − 9");
        }
        return (int) size;
    }

    private ModelException unfit(String expected) {
        return new ModelException(
                source + ": tensor " + name + " has shape " + Arrays.toString(shape) + ", expected " + expected);
    }

    @Override
    public String toString() {
        return name + " " + type + " " + Arrays.toString(shape);
    }
}
