package dev.jerboa.model.decoder;

/**
 * What one position of one layer keeps in the cache.
 *
 * @param keyDim elements of its key row
 * @param valueDim elements of its value row; 0 where values are prefixes of keys (latent attention)
 * @param heads key and value heads side by side in a row
 */
public record KvShape(int keyDim, int valueDim, int heads) {
    /** Rows of one head. */
    public KvShape(int keyDim, int valueDim) {
        this(keyDim, valueDim, 1);
    }
}
