package dev.jerboa.train.autograd;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.RotaryTable.Layout;
import dev.jerboa.model.decoder.RotarySpec;
import java.lang.foreign.Arena;

/**
 * Cosines, then sines, of each pair's angle at each position of the longest batch.
 *
 * @param values a row a position
 */
public record RotaryCosines(FloatRows values, int dims, Layout layout) {
    /** Of an embedding, for positions below {@code positions}. */
    public static RotaryCosines of(RotarySpec spec, int positions, Arena arena) {
        int half = spec.dims() / 2;
        double[] frequencies = spec.frequencies();
        double magnitude = spec.magnitude();
        FloatRows values = FloatRows.allocate(arena, positions, spec.dims());
        for (int p = 0; p < positions; p++) {
            for (int i = 0; i < half; i++) {
                double angle = p * frequencies[i];
                values.set(p, i, (float) (Math.cos(angle) * magnitude));
                values.set(p, half + i, (float) (Math.sin(angle) * magnitude));
            }
        }
        return new RotaryCosines(values, spec.dims(), spec.layout());
    }
}
