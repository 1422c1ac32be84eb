package dev.jerboa.model.decoder;

import java.util.List;

/**
 * What one position of one layer keeps in the cache.
 *
 * @param keyDim elements of its key row; 0 where it has side rows only
 * @param valueDim elements of its value row; 0 where values are prefixes of keys (latent attention)
 * @param heads key and value heads side by side in a row
 * @param sides further rows: see {@link dev.jerboa.kernel.ops.SideRows}
 */
public record KvShape(int keyDim, int valueDim, int heads, List<Side> sides) {
    public KvShape {
        sides = List.copyOf(sides);
    }

    /**
     * Float32 rows beside keys and values.
     *
     * @param dim floats of a row
     * @param every positions that share one
     */
    public record Side(int dim, int every) {}

    /** Without side rows. */
    public KvShape(int keyDim, int valueDim, int heads) {
        this(keyDim, valueDim, heads, List.of());
    }

    /** Side rows only. */
    public KvShape(List<Side> sides) {
        this(0, 0, 1, sides);
    }

    /** Rows of one head. */
    public KvShape(int keyDim, int valueDim) {
        this(keyDim, valueDim, 1);
    }
}
