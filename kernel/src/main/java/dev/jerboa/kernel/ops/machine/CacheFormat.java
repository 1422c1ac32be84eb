package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.ops.CacheType;

/**
 * How kernels compute with cached elements. Formats of pairs keep two dimensions of a key, and two positions of a value, side
 * by side in 32 bits.
 */
enum CacheFormat {
    /** Float32, as it is. */
    F32(false),
    /** Binary16, widened on the way to a register. */
    F16(false),
    /** Pairs of bfloat16, each widened on the way to a register. */
    BF16_WIDENED(true),
    /** Pairs of bfloat16, multiplied as such; queries and weights are rounded to bfloat16 too. */
    BF16_PAIRS(true),
    /** 8 bits with scales, multiplied as such; queries and weights are rounded to 8 bits too ({@link ByteAttention}). */
    BYTES(false);

    private final boolean pairs;

    CacheFormat(boolean pairs) {
        this.pairs = pairs;
    }

    static CacheFormat of(CacheType type, Isa isa) {
        return switch (type) {
            case F32 -> F32;
            case F16 -> F16;
            case BF16 -> isa == Isa.AVX512_BF16 ? BF16_PAIRS : BF16_WIDENED;
            case Q8_0 -> isa.wide() ? BYTES : F32; // widened beforehand
        };
    }

    /** Whether two elements that meet in one sum lie in one 32-bit word. */
    boolean pairs() {
        return pairs;
    }

    /** Bytes of an element of a key. */
    int elementBytes() {
        return this == F32 ? Float.BYTES : this == BYTES ? 1 : Short.BYTES;
    }

    /** Bytes from one column of a row of elements, or of pairs, to the next. */
    int columnBytes() {
        return this == F16 ? Short.BYTES : Integer.BYTES;
    }

    /** Bytes of a dimension, or of a pair of dimensions, of a query. */
    int queryStep() {
        return this == BF16_WIDENED ? 2 * Float.BYTES : Float.BYTES;
    }

    /** Dimensions of a key, and positions of a value, that lie in one word. */
    int together() {
        return columnBytes() / elementBytes();
    }

    /** Bytes of a query of {@code dims} dimensions. */
    int queryBytes(int dims) {
        if (this == BYTES) {
            return ByteRows.blocks(dims) * ByteRows.QUERY_BYTES;
        }
        return pairs ? dims / 2 * queryStep() : dims * Float.BYTES;
    }
}
