package dev.jerboa.train.autograd;

import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.Arena;

/**
 * A tensor that training changes: float32 values and the gradient that backward passes add to. Owned by the arena it was made
 * in. Vectors are tables of one row. One that stays as it is ({@link #fixed}) has a gradient of no rows.
 *
 * @param name as in checkpoints
 * @param shape sizes in checkpoints, outermost first
 */
public record Parameter(String name, long[] shape, FloatRows value, FloatRows gradient) implements Weight {
    /** A parameter of zeros. */
    public static Parameter of(Arena arena, String name, long... shape) {
        return of(arena, true, name, shape);
    }

    /** One of zeros that training leaves alone. */
    public static Parameter fixed(Arena arena, String name, long... shape) {
        return of(arena, false, name, shape);
    }

    private static Parameter of(Arena arena, boolean trained, String name, long... shape) {
        if (shape.length < 1 || shape.length > 2) {
            throw new IllegalArgumentException(name + " of " + shape.length + " dimensions, expected 1 or 2");
        }
        int rows = shape.length == 1 ? 1 : Math.toIntExact(shape[0]);
        int cols = Math.toIntExact(shape[shape.length - 1]);
        return new Parameter(
                name,
                shape,
                FloatRows.allocate(arena, rows, cols),
                FloatRows.allocate(arena, trained ? rows : 0, cols));
    }

    /** Whether backward passes add to its gradient. */
    public boolean trained() {
        return gradient.rows() > 0;
    }

    @Override
    public int rows() {
        return value.rows();
    }

    @Override
    public int cols() {
        return value.cols();
    }

    /** The number of values. */
    public long elements() {
        return (long) rows() * cols();
    }

    /** Whether it is a matrix in the checkpoint. */
    public boolean matrix() {
        return shape.length == 2;
    }

    long address(int row) {
        return value.data().address() + value.offset(row);
    }

    long gradientAddress(int row) {
        return gradient.data().address() + gradient.offset(row);
    }

    @Override
    public String toString() {
        return name + " [" + (matrix() ? rows() + ", " + cols() : cols()) + "]";
    }
}
