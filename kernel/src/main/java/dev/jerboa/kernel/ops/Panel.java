package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.memory.FloatRows;

/**
 * Activations that matrix products read: float32 rows, and beside them whatever form the tier's products want (8-bit
 * blocks with scales and sums, say). Made by {@link Ops#panel} for named consumers; filled by {@link Ops#rmsNorm},
 * {@link Ops#gatedUnit}, or by writing {@link #rows} and calling {@link Ops#prepare}.
 */
public interface Panel {
    /** The float32 rows; after writing them, {@link Ops#prepare} must run before a product reads the panel. */
    FloatRows rows();
}
