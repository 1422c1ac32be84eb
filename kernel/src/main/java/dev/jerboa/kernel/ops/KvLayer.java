package dev.jerboa.kernel.ops;

import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One layer's key and value memory, in pages of {@code 1 << pageShift} positions, shared by all sequences. Position
 * {@code p} of a sequence with page table {@code pages} has its key row at slot
 * {@code (pages[p >> pageShift] << pageShift) + (p & mask)}; a key row has {@code keyDim} elements (all key heads side by
 * side), a value row {@code valueDim}. With latent attention {@code values} is the key memory itself and value rows are
 * prefixes of key rows: then {@code valueStride == keyDim}.
 *
 * <p>A page takes up {@code keyBytes() << pageShift} bytes of {@code keys}, and {@code valueBytes() << pageShift} of
 * {@code values}. How rows lie within it is the affair of the tier that stores them, and only that tier can read them; the
 * portable tiers put one row after another.
 *
 * <p>A layer with a running state instead of positions has no keys and values, but a row of floats for each running sequence: row
 * {@link StepTokens#states}. What a row holds before a sequence's first token does not matter.
 *
 * @param keys key rows, {@code slots × keyDim}
 * @param values value rows, {@code slots × valueStride}
 * @param keyDim elements of a key row
 * @param valueStride elements from one value row to the next
 * @param heads key and value heads side by side in a row
 * @param type how an element is written
 * @param sides further rows of positions or of stretches of positions, in the same pages
 * @param states running states, one row a sequence
 */
public record KvLayer(
        MemorySegment keys,
        MemorySegment values,
        int keyDim,
        int valueStride,
        int pageShift,
        int heads,
        CacheType type,
        List<SideRows> sides,
        FloatRows states) {
    private static final FloatRows NO_STATES = new FloatRows(MemorySegment.NULL, 0, 0);

    public KvLayer {
        sides = List.copyOf(sides);
        if (heads <= 0 || keyDim % heads != 0 || valueStride % heads != 0) {
            throw new IllegalArgumentException(
                    "cache rows of " + keyDim + " and " + valueStride + " elements for " + heads + " heads");
        }
    }

    /** Without running states. */
    public KvLayer(
            MemorySegment keys,
            MemorySegment values,
            int keyDim,
            int valueStride,
            int pageShift,
            int heads,
            CacheType type,
            List<SideRows> sides) {
        this(keys, values, keyDim, valueStride, pageShift, heads, type, sides, NO_STATES);
    }

    /** Without further rows and running states. */
    public KvLayer(
            MemorySegment keys,
            MemorySegment values,
            int keyDim,
            int valueStride,
            int pageShift,
            int heads,
            CacheType type) {
        this(keys, values, keyDim, valueStride, pageShift, heads, type, List.of());
    }

    /** A layer with nothing but a running state. */
    public static KvLayer ofStates(FloatRows states, int pageShift) {
        return new KvLayer(
                MemorySegment.NULL, MemorySegment.NULL, 0, 0, pageShift, 1, CacheType.F32, List.of(), states);
    }

    /** Float32 rows of one head, or of heads that nobody needs to tell apart. */
    public KvLayer(MemorySegment keys, MemorySegment values, int keyDim, int valueStride, int pageShift) {
        this(keys, values, keyDim, valueStride, pageShift, 1, CacheType.F32);
    }

    /** Slots that keys and values both have room for. */
    public long slots() {
        return Math.min(keys.byteSize() / keyBytes(), latent() ? Long.MAX_VALUE : values.byteSize() / valueBytes());
    }

    /** Bytes of a position's keys. */
    public long keyBytes() {
        return type.keyBytes(keyDim, heads);
    }

    /** Bytes of a position's values. */
    public long valueBytes() {
        return type.valueBytes(valueStride, heads);
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
