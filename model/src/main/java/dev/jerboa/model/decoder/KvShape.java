package dev.jerboa.model.decoder;

import java.util.List;

/**
 * What a layer keeps in the cache: of each position a key row and a value row, and of each sequence a running state.
 *
 * @param keyDim elements of a position's key row; 0 where it has side rows only, or positions are not kept
 * @param valueDim elements of its value row; 0 where values are prefixes of keys (latent attention)
 * @param heads key and value heads side by side in a row
 * @param sides further rows: see {@link dev.jerboa.kernel.ops.SideRows}
 * @param state floats of a sequence's running state; 0 for none
 */
public record KvShape(int keyDim, int valueDim, int heads, List<Side> sides, int state) {
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

    /** Positions only. */
    public KvShape(int keyDim, int valueDim, int heads, List<Side> sides) {
        this(keyDim, valueDim, heads, sides, 0);
    }

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

    /** A running state and no positions. */
    public static KvShape ofState(int floats) {
        return new KvShape(0, 0, 1, List.of(), floats);
    }
}
