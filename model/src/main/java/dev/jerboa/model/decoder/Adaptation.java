package dev.jerboa.model.decoder;

import dev.jerboa.kernel.memory.FloatRows;
import org.jspecify.annotations.Nullable;

/** What a decoder computes beside its own projections. Immutable; its memory lives as long as the decoder. */
public interface Adaptation {
    /**
     * {@code scale · B · (A · x)}, added to what a projection gives.
     *
     * @param a {@code [rank, in]}
     * @param b {@code [out, rank]}, in the container's order of rows
     */
    record Product(FloatRows a, FloatRows b, float scale) {}

    /**
     * What is beside the projection of a slot, or null.
     *
     * @param expert −1 for slots that are no expert's
     */
    @Nullable
    Product beside(Slot slot, int layer, int expert);
}
