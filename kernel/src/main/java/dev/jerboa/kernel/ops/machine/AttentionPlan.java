package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.ops.AttentionShape;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.machine.asm.Routine;
import org.jspecify.annotations.Nullable;

/**
 * How attention of a shape over a cache goes: the routines, and where tiles lie.
 *
 * @param tile positions of a tile
 * @param queryBytes bytes of a query as {@code attend} reads it
 * @param valueStride bytes from one row of values (a position, or a pair) to the next, as {@code attend} reads them
 * @param gather brings queries together ({@link AttentionEnds.Queries})
 * @param attend goes through tiles ({@link AttentionKernel})
 * @param divide hands out results ({@link AttentionEnds.Results})
 * @param latent what turns the tiles of a latent cache, null for others
 */
record AttentionPlan(
        KvLayer cache,
        AttentionShape shape,
        int tile,
        int queryBytes,
        long valueStride,
        Routine gather,
        Routine attend,
        Routine divide,
        @Nullable Latent latent) {
    /** The turning of latent tiles. */
    record Latent(LatentPanel panel, Routine turn) {}

    /** @throws IllegalArgumentException for caches and shapes that this tier cannot compute with */
    static AttentionPlan of(KvLayer cache, AttentionShape shape, Routines routines) {
        CacheLayout.check(cache);
        int tile = CacheLayout.tile(cache);
        CacheFormat values = CacheFormat.of(cache.type(), routines.target().isa());
        CacheFormat keys = values;
        Latent latent = null;
        long valueStride;
        if (cache.latent()) {
            if (shape.kvHeads() != 1) {
                throw new IllegalArgumentException(
                        "latent attention with " + shape.kvHeads() + " key heads, expected 1");
            }
            LatentPanel panel = new LatentPanel(values, cache.keyDim(), shape.valueDim(), tile);
            latent = new Latent(panel, routines.get(panel, panel::emit));
            keys = LatentPanel.keysOf(values);
            valueStride = values.pairs()
                    ? (long) shape.valueDim() * Integer.BYTES
                    : (long) cache.valueStride() * cache.type().bytes();
        } else {
            if (cache.heads() != 1 && cache.heads() != shape.kvHeads()) {
                throw new IllegalArgumentException(
                        "a cache of " + cache.heads() + " heads for attention with " + shape.kvHeads());
            }
            valueStride = (long) cache.valueStride() / cache.heads() * values.columnBytes();
        }
        AttentionKernel kernel = new AttentionKernel(keys, values, shape.headDim(), shape.valueDim(), tile);
        AttentionEnds.Queries queries = new AttentionEnds.Queries(keys, shape.headDim());
        AttentionEnds.Results results = new AttentionEnds.Results(shape.valueDim());
        return new AttentionPlan(
                cache,
                shape,
                tile,
                keys.queryBytes(shape.headDim()),
                valueStride,
                routines.get(queries, queries::emit),
                routines.get(kernel, kernel::emit),
                routines.get(results, results::emit),
                latent);
    }

    /** Where the keys of a key head lie in the tile of which {@code slot} is the first slot; with latent attention, rows. */
    long keys(long slot, int kvHead) {
        long bytes = cache.type().bytes();
        return cache.keys().address() + (slot * cache.keyDim() + (long) kvHead * shape.headDim() * tile) * bytes;
    }

    /** Where the values of a key head lie in the tile of which {@code slot} is the first slot. */
    long values(long slot, int kvHead) {
        long bytes = cache.type().bytes();
        long start = cache.values().address() + slot * cache.valueStride() * bytes;
        if (cache.heads() == 1) {
            int rowElements = CacheLayout.paired(cache) ? 2 : 1;
            return start + (long) kvHead * shape.valueDim() * rowElements * bytes;
        }
        return start + (long) kvHead * (cache.valueStride() / cache.heads()) * tile * bytes;
    }
}
