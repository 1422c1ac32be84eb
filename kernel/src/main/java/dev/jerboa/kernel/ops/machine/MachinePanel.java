package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Panel;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Activations: float32 rows and, where a consumer multiplies codes, the same rows as records ({@link ActivationRecord}).
 *
 * @param records rows of {@link #recordBytes} each, or null
 */
record MachinePanel(FloatRows rows, @Nullable MemorySegment records) implements Panel {
    /** Bytes from one row's records to the next row's. */
    long recordBytes() {
        return ActivationRecord.rowBytes(rows.cols());
    }
}
