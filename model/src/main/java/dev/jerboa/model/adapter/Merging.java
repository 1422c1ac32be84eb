package dev.jerboa.model.adapter;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.model.adapter.ModulePlaces.Place;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tensors with modules of an adapter added to them: {@code W + scale · B · A}, each row brought to its length with DoRA. Computed when
 * they are asked for, one at a time.
 */
public final class Merging {
    private final ModuleLayout layout;
    private final Map<String, List<Change>> changes = new LinkedHashMap<>();

    private record Change(Place place, Adapter.Module module, ModuleLayout.Piece piece) {}

    Merging(ModuleLayout layout) {
        this.layout = layout;
    }

    void add(Place place, Adapter.Module module) {
        for (ModuleLayout.Piece piece : layout.pieces(place)) {
            changes.computeIfAbsent(piece.tensor(), name -> new ArrayList<>()).add(new Change(place, module, piece));
        }
    }

    /** The container's names of tensors that change. */
    public Set<String> tensors() {
        return Collections.unmodifiableSet(changes.keySet());
    }

    /** A changed tensor in float32: the contiguous dimension × everything before it. */
    public FloatRows values(String tensor, Arena arena) {
        FloatRows table = layout.values(tensor, arena);
        for (Change change : changes.getOrDefault(tensor, List.of())) {
            apply(change, table);
        }
        return table;
    }

    private static void apply(Change change, FloatRows table) {
        Adapter.Module module = change.module;
        int cols = change.place.cols();
        int rank = module.a().rows();
        float[][] a = new float[rank][];
        for (int j = 0; j < rank; j++) {
            a[j] = module.a().row(j);
        }
        double[] sum = new double[cols];
        for (int r = 0; r < change.place.rows(); r++) {
            long start = change.piece.start().applyAsLong(r);
            if (start < 0) {
                continue;
            }
            for (int c = 0; c < cols; c++) {
                sum[c] = get(table, start + (long) c * change.piece.stride());
            }
            for (int j = 0; j < rank; j++) {
                double factor = (double) module.scale() * module.b().get(r, j);
                for (int c = 0; c < cols; c++) {
                    sum[c] += factor * a[j][c];
                }
            }
            double gain = gain(module.magnitude(), r, sum);
            for (int c = 0; c < cols; c++) {
                set(table, start + (long) c * change.piece.stride(), (float) (gain * sum[c]));
            }
        }
    }

    private static double gain(@Nullable FloatRows magnitude, int row, double[] values) {
        if (magnitude == null) {
            return 1;
        }
        double squares = 0;
        for (double value : values) {
            squares += value * value;
        }
        return squares == 0 ? 1 : magnitude.get(0, row) / Math.sqrt(squares);
    }

    private static float get(FloatRows table, long value) {
        return table.data().get(FloatRows.FLOAT, value * Float.BYTES);
    }

    private static void set(FloatRows table, long value, float to) {
        table.data().set(FloatRows.FLOAT, value * Float.BYTES, to);
    }
}
