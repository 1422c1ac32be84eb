package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.StepTokens;
import java.lang.foreign.MemorySegment;

/**
 * Where elements lie in this tier's cache pages. A page is one or more tiles of at most {@value #LARGEST_TILE} positions, one
 * after another; a tile of T positions holds
 *
 * <pre>
 * keys              [dimension of all heads][T]           pairs of BF16   [dimension / 2][T][2]
 * values    [head]  [T][dimension of the head]                    [head]  [T / 2][dimension of the head][2]
 * latent            [T][dimension], keys and values in one
 * </pre>
 *
 * <p>so that positions lie in lanes for scores and dimensions for sums of values, and nothing is turned around when a page is
 * read.
 */
final class CacheLayout {
    /** Positions of a tile, where pages are that large. */
    static final int LARGEST_TILE = 64;

    /** The smallest page: the lanes of the widest vector. */
    static final int SMALLEST_PAGE = 16;

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
        if (1 << cache.pageShift() < SMALLEST_PAGE) {
            throw new IllegalArgumentException("cache pages of " + (1 << cache.pageShift())
                    + " positions; the machine-code tier needs at least " + SMALLEST_PAGE);
        }
        if (cache.type() == CacheType.BF16 && cache.keyDim() / cache.heads() % 2 != 0) {
            throw new IllegalArgumentException("bfloat16 keys of " + cache.keyDim() / cache.heads()
                    + " dimensions; the machine-code tier pairs them and needs an even number");
        }
    }

    /** Writes the keys and values of token {@code t} into its slot. */
    static void store(
            StepTokens tokens, int t, FloatRows keys, int keyCol, FloatRows values, int valueCol, KvLayer cache) {
        int tile = tile(cache);
        int position = tokens.positions()[t];
        long slot = cache.slot(tokens.pages()[t], position);
        int at = (int) (slot & tile - 1);
        long start = slot - at;
        long key = keys.offset(t) + (long) keyCol * Float.BYTES;
        MemorySegment from = keys.data();
        CacheType type = cache.type();
        if (cache.latent()) {
            row(from, key, cache.keys(), slot * cache.keyDim(), 1, cache.keyDim(), type);
            return;
        }
        long keyTile = start * cache.keyDim();
        boolean pairs = paired(cache);
        if (pairs) {
            row(from, key, cache.keys(), keyTile + 2L * at, 2 * tile, cache.keyDim() / 2, 2, type);
            row(from, key + Float.BYTES, cache.keys(), keyTile + 2L * at + 1, 2 * tile, cache.keyDim() / 2, 2, type);
        } else {
            row(from, key, cache.keys(), keyTile + at, tile, cache.keyDim(), type);
        }
        int valueDim = cache.valueStride() / cache.heads();
        long value = values.offset(t) + (long) valueCol * Float.BYTES;
        for (int head = 0; head < cache.heads(); head++) {
            long to = start * cache.valueStride() + (long) head * tile * valueDim;
            to += pairs ? (long) (at >> 1) * 2 * valueDim + (at & 1) : (long) at * valueDim;
            row(values.data(), value, cache.values(), to, pairs ? 2 : 1, valueDim, type);
            value += (long) valueDim * Float.BYTES;
        }
    }

    private static void row(
            MemorySegment from, long at, MemorySegment to, long element, int step, int count, CacheType type) {
        row(from, at, to, element, step, count, 1, type);
    }

    /** Every {@code every}-th of the floats at byte {@code at}, {@code step} elements apart from {@code element} on. */
    private static void row(
            MemorySegment from,
            long at,
            MemorySegment to,
            long element,
            int step,
            int count,
            int every,
            CacheType type) {
        if (type == CacheType.F32 && step == 1 && every == 1) {
            MemorySegment.copy(from, at, to, element * Float.BYTES, (long) count * Float.BYTES);
            return;
        }
        for (int i = 0; i < count; i++) {
            type.set(to, element + (long) i * step, from.get(FloatRows.FLOAT, at + (long) i * every * Float.BYTES));
        }
    }
}
