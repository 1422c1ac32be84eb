package dev.jerboa.model.decoder;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.RotaryTable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The cosines and sines of one rotary embedding, grown as positions ask for them. Grown by one thread between steps; the
 * memory of a smaller table is left to the collector, since no step is running then.
 */
final class RotaryTables {
    private static final int FIRST = 256;

    private final RotarySpec spec;
    private RotaryTable table;

    RotaryTables(RotarySpec spec) {
        this.spec = spec;
        this.table = spec.table(FIRST, Arena.ofAuto());
    }

    /** The table as it stands; {@link #reach} first. */
    RotaryTable table() {
        return table;
    }

    /** Makes sure of rows for positions below {@code positions}. */
    void reach(int positions) {
        if (table.values().rows() < positions) {
            table = grown(table, Math.max(positions, 2 * table.values().rows()));
        }
    }

    private RotaryTable grown(RotaryTable old, int positions) {
        int known = old.values().rows();
        FloatRows values = FloatRows.allocate(Arena.ofAuto(), positions, spec.dims());
        MemorySegment.copy(
                old.values().data(), 0, values.data(), 0, old.values().offset(known));
        RotaryTable table = new RotaryTable(values, spec.dims(), spec.layout());
        spec.fill(table, known);
        return table;
    }

    /** Turns one stretch of a row, from column {@code col} on, as at {@code position}, or back. Plain floats, in any tier alike. */
    static void turn(FloatRows x, int row, int col, RotaryTable table, int position, boolean back) {
        int half = table.dims() / 2;
        boolean split = table.layout() == RotaryTable.Layout.HALF_SPLIT;
        for (int i = 0; i < half; i++) {
            int first = col + (split ? i : 2 * i);
            int second = split ? first + half : first + 1;
            float cos = table.values().get(position, i);
            float sin = table.values().get(position, half + i);
            if (back) {
                sin = -sin;
            }
            float a = x.get(row, first);
            float b = x.get(row, second);
            x.set(row, first, a * cos - b * sin);
            x.set(row, second, a * sin + b * cos);
        }
    }
}
