package dev.jerboa.train.autograd;

import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Rows of floats that have memory from when their tape is planned on, shared with tables that are needed at other times of a pass.
 * What is in them before they are written is anything.
 */
final class Table {
    /** Which ways of its operation need a table: what is needed by both stands from one to the other. */
    enum Use {
        FORWARD,
        BOTH,
        BACKWARD
    }

    private final int rows;
    private final int cols;
    private Use use = Use.BOTH;
    private @Nullable FloatRows memory;

    Table(int rows, int cols) {
        this.rows = rows;
        this.cols = cols;
    }

    /** Says that backward does not look at it. */
    Table forwardOnly() {
        use = Use.FORWARD;
        return this;
    }

    /** Says that forward does not write it: it is backward's working memory. */
    Table backwardOnly() {
        use = Use.BACKWARD;
        return this;
    }

    Use use() {
        return use;
    }

    int cols() {
        return cols;
    }

    long bytes() {
        return Math.multiplyExact(Math.multiplyExact((long) rows, cols), (long) Float.BYTES);
    }

    /** Gives it its memory. */
    void place(MemorySegment bytes) {
        memory = new FloatRows(bytes, rows, cols);
    }

    FloatRows rows() {
        FloatRows placed = memory;
        if (placed == null) {
            throw new IllegalStateException("the tape is not planned");
        }
        return placed;
    }

    MemorySegment data() {
        return rows().data();
    }

    long offset(int row) {
        return rows().offset(row);
    }

    long address(int row) {
        FloatRows placed = rows();
        return placed.data().address() + placed.offset(row);
    }

    float get(int row, int col) {
        return rows().get(row, col);
    }

    void set(int row, int col, float value) {
        rows().set(row, col, value);
    }
}
