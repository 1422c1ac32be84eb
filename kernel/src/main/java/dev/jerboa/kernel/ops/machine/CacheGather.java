package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.ops.KvLayer;
import dev.jerboa.kernel.ops.Ops;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * {@link Ops#gather} between pages that {@link CacheLayout} lays out. Where {@value CacheLayout#GROUP} positions that lie side by
 * side stay side by side, as in selected blocks, their keys are one stretch; others go cell by cell.
 */
final class CacheGather {
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final int GROUP = CacheLayout.GROUP;

    private CacheGather() {}

    /** Checks of shapes are the caller's. */
    static void run(KvLayer cache, int[] pages, int head, int[] positions, int from, int count, KvLayer to, long slot) {
        CacheLayout.check(cache);
        CacheLayout.check(to);
        if (cache.latent()) {
            long row = cache.keyBytes();
            for (int i = from; i < from + count; i++) {
                copy(
                        cache.keys().address() + cache.slot(pages, positions[i]) * row,
                        to.keys().address() + (slot + i) * row,
                        row);
            }
            return;
        }
        Head source = new Head(cache, head, to.keyDim(), to.valueStride());
        Head target = new Head(to, 0, to.keyDim(), to.valueStride());
        for (int i = from; i < from + count; ) {
            long read = cache.slot(pages, positions[i]);
            long write = slot + i;
            boolean whole = read % GROUP == 0
                    && write % GROUP == 0
                    && i + GROUP <= from + count
                    && positions[i + GROUP - 1] == positions[i] + GROUP - 1;
            if (whole) {
                group(source, read, target, write);
            } else {
                one(source, read, target, write);
            }
            i += whole ? GROUP : 1;
        }
    }

    /**
     * One key head of a layer.
     *
     * @param shape how the heads lie that the layer tells apart
     */
    private record Head(KvLayer layer, CacheStores shape, int head, int dim, int keyDims, int valueDims) {
        /** Key head {@code number}, of {@code keyDims} and {@code valueDims} elements; a layer that tells no heads apart has more. */
        Head(KvLayer layer, int number, int keyDims, int valueDims) {
            this(
                    layer,
                    CacheStores.of(layer),
                    layer.heads() == 1 ? 0 : number,
                    layer.heads() == 1 ? number : 0,
                    keyDims,
                    valueDims);
        }

        int bytes() {
            return shape.type().bytes();
        }

        /** Where the key of a slot starts. */
        long key(long slot) {
            int at = (int) (slot & shape.tile() - 1);
            return keyTile(slot - at) + shape.keyPlace(at) + (long) dim * keyDims * bytes() * GROUP;
        }

        private long keyTile(long tile) {
            return layer.keys().address() + tile * layer.keyBytes() + (long) head * shape.keyHead();
        }

        /** Where the value of a slot starts. */
        long value(long slot) {
            int at = (int) (slot & shape.tile() - 1);
            return valueTile(slot - at) + shape.valuePlace(at) + (long) dim * valueDims * shape.cellBytes();
        }

        private long valueTile(long tile) {
            return layer.values().address() + tile * layer.valueBytes() + (long) head * shape.valueHead();
        }

        long keyScale(long slot) {
            int at = (int) (slot & shape.tile() - 1);
            return keyTile(slot - at) + shape.keyScalePlace(at);
        }

        long valueScale(long slot) {
            int at = (int) (slot & shape.tile() - 1);
            return valueTile(slot - at) + shape.valueScalePlace(at);
        }

        /** Bytes from a block's scale of a key to the next block's. */
        long scaleStep() {
            return (long) shape.tile() * Short.BYTES;
        }
    }

    /** {@value CacheLayout#GROUP} positions that start at a multiple of that in both. */
    private static void group(Head from, long read, Head to, long write) {
        copy(from.key(read), to.key(write), (long) to.keyDims * to.bytes() * GROUP);
        int together = to.shape.cellBytes() / to.bytes();
        for (int p = 0; p < GROUP; p += together) {
            copy(from.value(read + p), to.value(write + p), (long) to.valueDims * to.shape.cellBytes());
        }
        if (to.shape.type().scaled()) {
            for (int p = 0; p < GROUP; p++) {
                scales(from, read + p, to, write + p);
            }
        }
    }

    private static void one(Head from, long read, Head to, long write) {
        int cell = to.shape.cellBytes();
        int cells = to.keyDims * to.bytes() / cell;
        long key = from.key(read);
        long keyTo = to.key(write);
        for (int c = 0; c < cells; c++) {
            long offset = (long) c * GROUP * cell;
            if (cell == Integer.BYTES) {
                MEMORY.set(
                        ValueLayout.JAVA_INT_UNALIGNED,
                        keyTo + offset,
                        MEMORY.get(ValueLayout.JAVA_INT_UNALIGNED, key + offset));
            } else {
                MEMORY.set(
                        ValueLayout.JAVA_SHORT_UNALIGNED,
                        keyTo + offset,
                        MEMORY.get(ValueLayout.JAVA_SHORT_UNALIGNED, key + offset));
            }
        }
        long value = from.value(read);
        long valueTo = to.value(write);
        if (cell == to.bytes()) {
            copy(value, valueTo, (long) to.valueDims * cell);
        } else {
            for (int d = 0; d < to.valueDims; d++) {
                copy(value + (long) d * cell, valueTo + (long) d * cell, to.bytes());
            }
        }
        if (to.shape.type().scaled()) {
            scales(from, read, to, write);
        }
    }

    private static void scales(Head from, long read, Head to, long write) {
        for (int b = 0; b < ByteRows.blocks(to.keyDims); b++) {
            copy(from.keyScale(read) + b * from.scaleStep(), to.keyScale(write) + b * to.scaleStep(), Short.BYTES);
        }
        copy(from.valueScale(read), to.valueScale(write), Short.BYTES);
    }

    private static void copy(long from, long to, long bytes) {
        MemorySegment.copy(MEMORY, from, MEMORY, to, bytes);
    }
}
