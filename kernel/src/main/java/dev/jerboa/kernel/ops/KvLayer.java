package dev.jerboa.kernel.ops;

import java.lang.foreign.MemorySegment;

/**
 * One layer's key and value memory, in pages of {@code 1 << pageShift} positions, shared by all sequences. Position
 * {@code p} of a sequence with page table {@code pages} has its key row at slot
 * {@code (pages[p >> pageShift] << pageShift) + (p & mask)}; a key row holds {@code keyDim} floats (all key heads side by
 * side), a value row {@code valueDim}. With latent attention {@code values} is the key memory itself and value rows are
 * prefixes of key rows: then {@code valueStride == keyDim}.
 *
 * @param keys float32 key rows, {@code slots × keyDim}
 * @param values float32 value rows, {@code slots × valueStride}
 * @param keyDim floats in a key row
 * @param valueStride floats from one value row to the next
 */
public record KvLayer(MemorySegment keys, MemorySegment values, int keyDim, int valueStride, int pageShift) {
    /** Slots that keys and values both have room for. */
    public long slots() {
        return Math.min(
                keys.byteSize() / ((long) keyDim * Float.BYTES),
                values.byteSize() / ((long) valueStride * Float.BYTES));
    }

    /** Whether value rows are prefixes of key rows, in the same memory. */
    public boolean latent() {
        return keys.address() == values.address();
    }

    /** The slot of a position. */
    public long slot(int[] pages, int position) {
        return ((long) pages[position >> pageShift] << pageShift) + (position & ((1 << pageShift) - 1));
    }
}
