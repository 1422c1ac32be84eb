package dev.jerboa.model.decoder;

/**
 * What one position of one layer keeps in the cache.
 *
 * @param keyDim floats of its key row
 * @param valueDim floats of its value row; 0 where values are prefixes of keys (latent attention)
 */
public record KvShape(int keyDim, int valueDim) {}
