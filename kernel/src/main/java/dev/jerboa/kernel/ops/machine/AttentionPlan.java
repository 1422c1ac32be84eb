package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.ops.AttentionShape;
import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.machine.asm.Routine;
import org.jspecify.annotations.Nullable;

/**
 * How attention of a shape over a cache goes: the routines, and where tiles lie.
 *
 * @param tile positions of a tile
 * @param queryBytes bytes of a query as {@code attend} keeps it
 * @param attend goes through tiles ({@link AttentionKernel})
 * @param latent what turns the tiles of a latent cache, null for others
 */
record AttentionPlan(
        KvLayer cache,
        AttentionShape shape,
        int tile,
        int queryBytes,
        Routine attend,
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
        int valueRow;
        int keyDims = cache.keyDim() / cache.heads();
        if (cache.latent()) {
            if (shape.kvHeads() != 1) {
                throw new IllegalArgumentException(
                        "latent attention with " + shape.kvHeads() + " key heads, expected 1");
            }
            LatentPanel panel = new LatentPanel(values, cache.keyDim(), shape.valueDim(), tile);
            latent = new Latent(panel, routines.get(panel, panel::emit));
            keys = LatentPanel.keysOf(values);
            valueRow = values.pairs()
                    ? shape.valueDim() * Integer.BYTES
                    : cache.valueStride() * cache.type().bytes();
        } else {
            if (cache.heads() != 1 && cache.heads() != shape.kvHeads()) {
                throw new IllegalArgumentException(
                        "a cache of " + cache.heads() + " heads for attention with " + shape.kvHeads());
            }
            valueRow = cache.valueStride() / cache.heads() * values.columnBytes();
        }
        int keyGroup = keyDims
                * CacheLayout.GROUP
                * (cache.latent() ? keys.elementBytes() : cache.type().bytes());
        AttentionKernel kernel =
                new AttentionKernel(keys, values, shape.headDim(), shape.valueDim(), tile, keyGroup, valueRow);
        return new AttentionPlan(
                cache, shape, tile, keys.queryBytes(shape.headDim()), routines.get(kernel, kernel::emit), latent);
    }

    /** Bytes from the keys of a key head to those of the next. */
    long keyStep() {
        int together = cache.heads() == 1 ? CacheLayout.GROUP : tile;
        return (long) shape.headDim() * together * cache.type().bytes();
    }

    /** Bytes from the values of a key head to those of the next. */
    long valueStep() {
        long bytes = cache.type().bytes();
        if (cache.heads() == 1) {
            int rowElements = CacheLayout.paired(cache) ? 2 : 1;
            return (long) shape.valueDim() * rowElements * bytes;
        }
        return (long) (cache.valueStride() / cache.heads()) * tile * bytes;
    }

    /** Where the keys of a key head lie in the tile of which {@code slot} is the first slot; with latent attention, rows. */
    long keys(long slot, int kvHead) {
        return cache.keys().address() + slot * cache.keyDim() * cache.type().bytes() + kvHead * keyStep();
    }

    /** Where the values of a key head lie in the tile of which {@code slot} is the first slot. */
    long values(long slot, int kvHead) {
        return cache.values().address()
                + slot * cache.valueStride() * cache.type().bytes()
                + kvHead * valueStep();
    }
}
