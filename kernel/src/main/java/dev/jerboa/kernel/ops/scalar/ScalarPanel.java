package dev.jerboa.kernel.ops.scalar;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Panel;
import org.jspecify.annotations.Nullable;

/**
 * Activations in float32 and, where a consumer computes on a grid, in 8 bits.
 *
 * @param bytes the 8-bit form, or null where nobody reads it
 */
record ScalarPanel(FloatRows rows, @Nullable ByteRows bytes) implements Panel {
    /** Fills the other form of one row. */
    void prepare(int row) {
        prepare(row, 0, rows.cols());
    }

    /** Fills the other form of columns {@code from} to {@code to − 1} of one row, whole blocks. */
    void prepare(int row, int from, int to) {
        if (bytes != null) {
            bytes.fill(rows, row, from, to);
        }
    }
}
