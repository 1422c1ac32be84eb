package dev.jerboa.model.decoder;

/**
 * What a layer keeps in the cache: of each position a key row and a value row, and of each sequence a running state.
 *
 * @param keyDim elements of a position's key row; 0 where positions are not kept
 * @param valueDim elements of its value row; 0 where values are prefixes of keys (latent attention)
 * @param heads key and value heads side by side in a row
 * @param state floats of a sequence's running state; 0 for none
 */
public record KvShape(int keyDim, int valueDim, int heads, int state) {
    /** Positions only. */
    public KvShape(int keyDim, int valueDim, int heads) {
        this(keyDim, valueDim, heads, 0);
    }

    /** Rows of one head. */
    public KvShape(int keyDim, int valueDim) {
        this(keyDim, valueDim, 1);
    }

    /** A running state and no positions. */
    public static KvShape ofState(int floats) {
        return new KvShape(0, 0, 1, floats);
    }
}
