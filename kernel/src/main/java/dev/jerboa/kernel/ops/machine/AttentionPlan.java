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
 * @param turned what is done to tiles first, null for nothing
 */
record AttentionPlan(
        KvLayer cache,
        AttentionShape shape,
        int tile,
        int queryBytes,
        Routine attend,
        @Nullable Turned turned) {
    /**
     * What is done to a tile before {@code attend} reads it.
     *
     * @param widen makes floats of 8 bits
     * @param turn turns latent rows, after that
     */
    record Turned(
            @Nullable BytePanel bytes,
            @Nullable Routine widen,
            @Nullable LatentPanel panel,
            @Nullable Routine turn) {
        long wideKeyBytes() {
            return bytes == null ? 0 : bytes.keyBytes();
        }

        long wideValueBytes() {
            return bytes == null ? 0 : bytes.valueBytes();
        }

        long keyBytes() {
            return panel == null ? 0 : panel.keyBytes();
        }

        long valueBytes() {
            return panel == null ? 0 : panel.valueBytes();
        }
    }

    /** @throws IllegalArgumentException for caches and shapes that this tier cannot compute with */
    static AttentionPlan of(KvLayer cache, AttentionShape shape, Routines routines) {
        CacheLayout.check(cache);
        int tile = CacheLayout.tile(cache);
        CacheFormat values = CacheFormat.of(cache.type(), routines.target().isa());
        CacheFormat keys = values;
        Turned turned = null;
        int valueRow;
        int keyDims = cache.keyDim() / cache.heads();
        int valueDims = cache.valueStride() / cache.heads();
        if (cache.latent()) {
            if (shape.kvHeads() != 1) {
                throw new IllegalArgumentException(
                        "latent attention with " + shape.kvHeads() + " key heads, expected 1");
            }
            BytePanel bytes = null;
            if (cache.type().scaled()) {
                bytes = new BytePanel(cache.keyDim(), shape.valueDim(), tile, true);
                values = CacheFormat.F32;
            }
            LatentPanel panel = new LatentPanel(values, cache.keyDim(), shape.valueDim(), tile);
            turned = new Turned(
                    bytes,
                    bytes == null ? null : routines.get(bytes, bytes::emit),
                    panel,
                    routines.get(panel, panel::emit));
            keys = LatentPanel.keysOf(values);
            valueRow = values.pairs() ? shape.valueDim() * Integer.BYTES : cache.valueStride() * values.elementBytes();
        } else {
            checkHeads(cache, shape);
            if (cache.type().scaled() && keys == CacheFormat.F32) {
                BytePanel bytes = new BytePanel(keyDims, valueDims, tile, false);
                turned = new Turned(bytes, routines.get(bytes, bytes::emit), null, null);
            }
            valueRow = valueDims * values.columnBytes();
        }
        int keyGroup = keyDims * CacheLayout.GROUP * keys.elementBytes();
        AttentionKernel kernel = new AttentionKernel(
                keys, values, shape.headDim(), shape.valueDim(), tile, keyGroup, valueRow, shape.softCap());
        return new AttentionPlan(
                cache, shape, tile, keys.queryBytes(shape.headDim()), routines.get(kernel, kernel::emit), turned);
    }

    private static void checkHeads(KvLayer cache, AttentionShape shape) {
        boolean alike = cache.heads() == shape.kvHeads()
                && (!cache.type().scaled() || cache.valueStride() == shape.kvHeads() * shape.valueDim());
        if (!alike && (cache.heads() != 1 || cache.type().scaled())) {
            throw new IllegalArgumentException("a cache of " + cache.heads() + " heads of "
                    + cache.valueStride() / cache.heads() + " for attention with " + shape.kvHeads() + " of "
                    + shape.valueDim());
        }
    }

    /** Bytes from the keys of a key head to those of the next. */
    long keyStep() {
        long bytes = cache.type().keyBytes(shape.headDim(), 1);
        return cache.heads() == 1 ? bytes * CacheLayout.GROUP : bytes * tile;
    }

    /** Bytes from the values of a key head to those of the next. */
    long valueStep() {
        if (cache.heads() == 1) {
            int rowElements = CacheLayout.paired(cache) ? 2 : 1;
            return (long) shape.valueDim() * rowElements * cache.type().bytes();
        }
        return cache.type().valueBytes(cache.valueStride() / cache.heads(), 1) * tile;
    }

    /** Where the keys of a key head lie in the tile of which {@code slot} is the first slot; with latent attention, rows. */
    long keys(long slot, int kvHead) {
        return cache.keys().address() + slot * cache.keyBytes() + kvHead * keyStep();
    }

    /** Where the values of a key head lie in the tile of which {@code slot} is the first slot. */
    long values(long slot, int kvHead) {
        return cache.values().address() + slot * cache.valueBytes() + kvHead * valueStep();
    }
}
