package dev.jerboa.model.decoder;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.Panel;
import org.jspecify.annotations.Nullable;

/**
 * What a gated unit makes of its gate g and its other half u, float by float, both bounded first:
 *
 * <pre>
 * activation(slope · min(g, limit)) / slope · (min(max(u, −limit), limit) + shift)
 * </pre>
 *
 * @param limit infinite for no bounds
 */
public record UnitFunction(Activation activation, float limit, float slope, float shift) {
    public UnitFunction {
        if (!(limit > 0 && slope > 0)) {
            throw new IllegalArgumentException("a gated unit bounded by " + limit + " with a slope of " + slope
                    + ", expected both to be positive");
        }
    }

    /** {@code activation(g) · u}. */
    public static UnitFunction of(Activation activation) {
        return new UnitFunction(activation, Float.POSITIVE_INFINITY, 1, 0);
    }

    /** {@code activation(min(g, limit)) · clamp(u)} (DeepSeek-V4); without bounds for a limit of 0. */
    public static UnitFunction of(Activation activation, float limit) {
        return new UnitFunction(activation, limit == 0 ? Float.POSITIVE_INFINITY : limit, 1, 0);
    }

    /** {@code g' · sigmoid(slope · g') · (clamp(u) + 1)} with {@code g' = min(g, limit)} (gpt-oss, MiniMax-M3). */
    public static UnitFunction sloped(float slope, float limit) {
        return new UnitFunction(Activation.SILU, limit, slope, 1);
    }

    /** Whether it is {@code activation(g) · u}. */
    public boolean plain() {
        return limit == Float.POSITIVE_INFINITY && slope == 1 && shift == 0;
    }

    /**
     * Fills {@code out} from rows {@code from} to {@code from + count − 1}, which are changed. Share: by output column.
     *
     * @param shares what the row {@code from + i} is multiplied by, at {@code sharesFrom + i}; null for nothing
     */
    void apply(
            Ops ops,
            Worker worker,
            FloatRows gate,
            FloatRows up,
            int from,
            int count,
            Panel out,
            float @Nullable [] shares,
            int sharesFrom) {
        int first = worker.from(gate.cols(), Ops.GRAIN);
        int end = worker.to(gate.cols(), Ops.GRAIN);
        if (!plain()) {
            for (int t = from; t < from + count; t++) {
                for (int c = first; c < end; c++) {
                    gate.set(t, c, slope * Math.min(gate.get(t, c), limit));
                    up.set(t, c, (Math.clamp(up.get(t, c), -limit, limit) + shift) / slope);
                }
            }
        }
        if (shares != null) {
            for (int i = 0; i < count; i++) {
                scale(up, from + i, first, end, shares[sharesFrom + i]);
            }
        }
        ops.gatedUnit(worker, activation, gate, up, from, count, out);
    }

    /** Multiplies columns {@code first} to {@code end − 1} of a row. */
    static void scale(FloatRows rows, int row, int first, int end, float factor) {
        for (int c = first; c < end; c++) {
            rows.set(row, c, rows.get(row, c) * factor);
        }
    }
}
