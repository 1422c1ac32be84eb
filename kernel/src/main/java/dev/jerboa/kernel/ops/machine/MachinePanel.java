package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Panel;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Activations: float32 rows and the same rows in each other form that a consumer multiplies ({@link ActivationForm}).
 *
 * @param records rows of {@link ActivationRecord}s, or null
 * @param pairs rows of bfloat16, or null
 */
record MachinePanel(
        FloatRows rows,
        @Nullable MemorySegment records,
        @Nullable MemorySegment pairs) implements Panel {
    /** Bytes that the forms in {@code forms} take beside the float32 rows. */
    static long formBytes(int rows, int cols, Set<ActivationForm> forms) {
        return bytes(ActivationForm.RECORDS, rows, cols, forms) + bytes(ActivationForm.PAIRS, rows, cols, forms);
    }

    /** A panel of {@code rows}, its other forms in {@code memory} of {@link #formBytes} bytes at least. */
    static MachinePanel over(FloatRows rows, MemorySegment memory, Set<ActivationForm> forms) {
        long records = bytes(ActivationForm.RECORDS, rows.rows(), rows.cols(), forms);
        long pairs = bytes(ActivationForm.PAIRS, rows.rows(), rows.cols(), forms);
        return new MachinePanel(
                rows,
                records == 0 ? null : memory.asSlice(0, records),
                pairs == 0 ? null : memory.asSlice(records, pairs));
    }

    private static long bytes(ActivationForm form, int rows, int cols, Set<ActivationForm> forms) {
        long bytes = forms.contains(form) ? rows * form.rowBytes(cols) : 0;
        return (bytes + FloatRows.ALIGNMENT - 1) / FloatRows.ALIGNMENT * FloatRows.ALIGNMENT;
    }

    /** Bytes from one row of a form to the next. */
    long rowBytes(ActivationForm form) {
        return form.rowBytes(rows.cols());
    }

    /**
     * Where row 0 of a form lies.
     *
     * @throws IllegalArgumentException when no consumer that the panel was made for reads this form
     */
    long address(ActivationForm form) {
        MemorySegment memory = switch (form) {
            case FLOATS -> rows.data();
            case RECORDS -> records;
            case PAIRS -> pairs;
        };
        if (memory == null) {
            throw new IllegalArgumentException("product: the panel was not made for these weights");
        }
        return memory.address();
    }
}
