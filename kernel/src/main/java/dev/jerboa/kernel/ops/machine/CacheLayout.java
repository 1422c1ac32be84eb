package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.KvLayer;

/**
 * Where elements lie in this tier's cache pages. A page is one or more tiles of at most {@value #LARGEST_TILE} positions, one
 * after another; a tile of T positions holds
 *
 * <pre>
 * keys      [head]  [T / 16][dimension of the head][16]   pairs of BF16   [head]  [T / 16][dimension / 2][16][2]
 * values    [head]  [T][dimension of the head]                            [head]  [T / 2][dimension of the head][2]
 * latent            [T][dimension], keys and values in one
 * 8 bits    [head]  keys [T / 16][dimension / 4][16][4], 128 added; scales [dimension / 32][T]
 *           [head]  values [T / 4][dimension of the head][4]; scales [T]
 *           latent  [T] of [dimension], then its scales [dimension / 32]
 * </pre>
 *
 * <p>so that positions lie in lanes for scores and dimensions for sums of values, and nothing is turned around when a page is
 * read; and so that the positions that are there lie together, where a tile is not full.
 */
final class CacheLayout {
    /** Positions of a tile, where pages are that large. */
    static final int LARGEST_TILE = 64;

    /** Positions whose keys lie side by side: the lanes of the widest vector, and the smallest page. */
    static final int GROUP = 16;

    private CacheLayout() {}

    /** Positions of a tile of {@code cache}. */
    static int tile(KvLayer cache) {
        return Math.min(LARGEST_TILE, 1 << cache.pageShift());
    }

    /** Whether two dimensions of a key, and two positions of a value, lie side by side. */
    static boolean paired(KvLayer cache) {
        return cache.type() == CacheType.BF16 && !cache.latent();
    }

    /** @throws IllegalArgumentException for caches that this tier has no layout for */
    static void check(KvLayer cache) {
        if (1 << cache.pageShift() < GROUP) {
            throw new IllegalArgumentException("cache pages of " + (1 << cache.pageShift())
                    + " positions; the machine-code tier needs at least " + GROUP);
        }
        if (cache.type().scaled() && cache.keyDim() / cache.heads() % 4 != 0) {
            throw new IllegalArgumentException(cache.type().key() + " keys of " + cache.keyDim() / cache.heads()
                    + " dimensions; the machine-code tier takes four at a time and needs a multiple of 4");
        }
        if (cache.type() == CacheType.BF16 && cache.keyDim() / cache.heads() % 2 != 0) {
            throw new IllegalArgumentException("bfloat16 keys of " + cache.keyDim() / cache.heads()
                    + " dimensions; the machine-code tier pairs them and needs an even number");
        }
    }
}
