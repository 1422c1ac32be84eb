package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.MemorySegment;

/** Writes caches as the portable tiers lay them out: one row after another, all heads of a position side by side. */
public final class CacheRows {
    private CacheRows() {}

    /** A worker's share of {@link Ops#store}; the cache has no scales, and checks of shapes are the caller's. */
    public static void store(
            Worker worker,
            StepTokens tokens,
            FloatRows keys,
            int keyCol,
            FloatRows values,
            int valueCol,
            KvLayer cache) {
        HeadShare share = HeadShare.ofStore(worker, tokens, cache);
        for (int t = share.firstToken(); t < share.endToken(); t++) {
            long slot = cache.slot(tokens.pages()[t], tokens.positions()[t]);
            row(share, keys, t, keyCol, cache.type(), cache.keys(), slot, cache.keyDim());
            if (!cache.latent()) {
                row(share, values, t, valueCol, cache.type(), cache.values(), slot, cache.valueStride());
            }
        }
    }

    /** {@link Ops#gather}; the cache has no scales, and checks of shapes are the caller's. */
    public static void gather(
            KvLayer cache, int[] pages, int head, int[] positions, int from, int count, KvLayer to, long slot) {
        int bytes = cache.type().bytes();
        for (int i = from; i < from + count; i++) {
            long source = cache.slot(pages, positions[i]);
            copy(cache.keys(), source * cache.keyDim(), head, to.keys(), slot + i, to.keyDim(), bytes);
            if (!cache.latent()) {
                copy(
                        cache.values(),
                        source * cache.valueStride(),
                        head,
                        to.values(),
                        slot + i,
                        to.valueStride(),
                        bytes);
            }
        }
    }

    private static void copy(
            MemorySegment from, long rowElement, int head, MemorySegment to, long slot, int size, int bytes) {
        MemorySegment.copy(
                from, (rowElement + (long) head * size) * bytes, to, slot * size * bytes, (long) size * bytes);
    }

    /** The share's heads of a row of {@code size} elements. */
    private static void row(
            HeadShare share, FloatRows from, int row, int col, CacheType type, MemorySegment to, long slot, int size) {
        int head = size / share.heads();
        int first = share.firstHead() * head;
        int count = share.headCount() * head;
        long element = slot * size + first;
        if (type == CacheType.F32) {
            long source = from.offset(row) + (long) (col + first) * Float.BYTES;
            MemorySegment.copy(from.data(), source, to, element * Float.BYTES, (long) count * Float.BYTES);
            return;
        }
        for (int i = 0; i < count; i++) {
            type.set(to, element + i, from.get(row, col + first + i));
        }
    }
}
