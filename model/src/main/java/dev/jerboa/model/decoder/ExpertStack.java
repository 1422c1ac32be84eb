package dev.jerboa.model.decoder;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Which outputs of an expert's matrix in a stack are a projection's: every {@code step}-th from {@code first} on.
 *
 * @param outputs all outputs of the matrix
 */
record ExpertStack(int outputs, int first, int step) {
    /** Of a projection with {@code rows} outputs. */
    static ExpertStack of(Slot slot, ExpertLayout layout, int rows) {
        if (slot == Slot.EXPERT_DOWN) {
            return new ExpertStack(rows, 0, 1);
        }
        boolean up = slot == Slot.EXPERT_UP;
        return layout.interleaved()
                ? new ExpertStack(2 * rows, up ? 1 : 0, 2)
                : new ExpertStack(2 * rows, up ? rows : 0, 1);
    }

    /**
     * The projection as a matrix of its own, outputs × inputs.
     *
     * @param turned whether {@code all} is inputs × outputs
     * @throws IllegalArgumentException where blocks of weights or of scales would be torn apart
     */
    Matrix copy(Matrix all, boolean turned, int rows, Arena arena) {
        Matrix.BlockScales scales = all.scales();
        if (scales != null) {
            if (scales.values().rows() > 1 || scales.values().cols() > 1) {
                throw new IllegalArgumentException("it has scales by tile, and its outputs do not lie together");
            }
            scales = new Matrix.BlockScales(scales.values(), outputs, Math.max(all.rows(), all.cols()));
        }
        int cols = turned ? all.rows() : all.cols();
        long rowBytes = all.type().bytes(cols);
        MemorySegment data = arena.allocate(rowBytes * rows, FloatRows.ALIGNMENT);
        if (turned) {
            turn(all, data, rows);
        } else {
            for (int r = 0; r < rows; r++) {
                MemorySegment.copy(all.data(), (first + (long) r * step) * rowBytes, data, r * rowBytes, rowBytes);
            }
        }
        return new Matrix(all.type(), rows, cols, data, scales);
    }

    private void turn(Matrix all, MemorySegment data, int rows) {
        int bytes = all.type().blockBytes();
        if (all.type().blockSize() != 1) {
            throw new IllegalArgumentException(
                    "it is " + all.type() + ", inputs first; expected single elements, such as BF16");
        }
        MemorySegment from = all.data();
        int cols = all.rows();
        for (int c = 0; c < cols; c++) {
            long in = ((long) c * outputs + first) * bytes;
            for (int r = 0; r < rows; r++) {
                long at = in + (long) r * step * bytes;
                long to = ((long) r * cols + c) * bytes;
                switch (bytes) {
                    case 1 -> data.set(ValueLayout.JAVA_BYTE, to, from.get(ValueLayout.JAVA_BYTE, at));
                    case 2 ->
                        data.set(ValueLayout.JAVA_SHORT_UNALIGNED, to, from.get(ValueLayout.JAVA_SHORT_UNALIGNED, at));
                    case 4 ->
                        data.set(ValueLayout.JAVA_INT_UNALIGNED, to, from.get(ValueLayout.JAVA_INT_UNALIGNED, at));
                    default -> throw new IllegalArgumentException("elements of " + bytes + " bytes");
                }
            }
        }
    }
}
