package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.dtype.DType;
import java.util.Optional;

/**
 * How a row group stores the codes and scales of a weight type. A block is 32 inputs of all R rows of the group.
 *
 * <p><b>Codes.</b> A code has 8 bits, or 4, 2 and 1 bits in planes. One vector of a plane has, for each row (lane), 4
 * consecutive inputs in 4 bytes; block inputs 4g … 4g+3 are part g. Plane of 8 bits: vector g is part g. Of 4 bits: vector v
 * has part v in the low and part v + 4 in the high nibbles. Of 2 bits: vector v has parts v, v + 2, v + 4, v + 6 from the
 * lowest bits up. Of 1 bit: part g in bit g.
 *
 * <p><b>Scales</b> of a unit lie before its codes, see {@link Scales}, so that reading a row group is one stream of
 * consecutive addresses: processors fetch that ahead by themselves, and two streams at different paces far worse.
 */
enum GroupFormat {
    Q8_0(DType.Q8_0, 8, 0, 0, 128, Scales.HALF, false),
    Q4_0(DType.Q4_0, 4, 0, 0, 8, Scales.HALF, false),
    Q4_1(DType.Q4_1, 4, 0, 0, 0, Scales.HALF_AND_MIN, false),
    Q5_0(DType.Q5_0, 4, 0, 1, 16, Scales.HALF, false),
    Q5_1(DType.Q5_1, 4, 0, 1, 0, Scales.HALF_AND_MIN, false),
    Q4_K(DType.Q4_K, 4, 0, 0, 0, Scales.SUPER_BYTE_AND_MIN, false),
    Q5_K(DType.Q5_K, 4, 0, 1, 0, Scales.SUPER_BYTE_AND_MIN, false),
    Q6_K(DType.Q6_K, 4, 2, 0, 32, Scales.SUPER_SIGNED_16, false),
    Q3_K(DType.Q3_K, 0, 2, 1, 4, Scales.SUPER_SIGNED_16, false),
    Q2_K(DType.Q2_K, 0, 2, 0, 0, Scales.SUPER_NIBBLES_16, false),
    IQ4_NL(DType.IQ4_NL, 4, 0, 0, 128, Scales.HALF, true),
    IQ4_XS(DType.IQ4_XS, 4, 0, 0, 128, Scales.SUPER_SIGNED_32, true),
    MXFP4(DType.MXFP4, 4, 0, 0, 128, Scales.BFLOAT, true);

    /** Inputs of a block. */
    static final int BLOCK = 32;

    /** Parts of 4 inputs in a block. */
    static final int PARTS = 8;

    private static final byte[] NON_LINEAR = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
    private static final byte[] E2M1_TWICE = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    /**
     * Scales of a row group, unit by unit; a unit is one block, or a super-block of eight. R values each, in this order.
     *
     * @param blocks blocks of a unit
     * @param bytesPerRow bytes of a unit for each row
     * @param perBlock scales that a block has: 1, or 2 where each half has its own
     * @param minimum whether weights are {@code scale · code + minimum}
     */
    enum Scales {
        /** d as float16. */
        HALF(1, 2, 1, false),
        /** d as the upper half of a float32. */
        BFLOAT(1, 2, 1, false),
        /** d and minimum as float16. */
        HALF_AND_MIN(1, 4, 1, true),
        /** d and dmin as float16; then for each block its scale and its minimum, a byte each. */
        SUPER_BYTE_AND_MIN(8, 20, 1, true),
        /** d as float16; then a signed byte for each block. */
        SUPER_SIGNED_32(8, 10, 1, false),
        /** d as float16; then a signed byte for each half block. */
        SUPER_SIGNED_16(8, 18, 2, false),
        /** d and dmin as float16; then a byte for each half block: scale in the low, minimum in the high nibble. */
        SUPER_NIBBLES_16(8, 20, 2, true);

        final int blocks;
        final int bytesPerRow;
        final int perBlock;
        final boolean minimum;

        Scales(int blocks, int bytesPerRow, int perBlock, boolean minimum) {
            this.blocks = blocks;
            this.bytesPerRow = bytesPerRow;
            this.perBlock = perBlock;
            this.minimum = minimum;
        }
    }

    private final DType type;
    final int wholeBits;
    final boolean two;
    final boolean one;
    /** The code that stands for zero: a power of two, or 0 where a minimum takes its place. */
    final int zero;

    final Scales scales;
    /** Whether codes are looked up in a table of 16 levels. */
    final boolean table;

    GroupFormat(DType type, int wholeBits, int two, int one, int zero, Scales scales, boolean table) {
        this.type = type;
        this.wholeBits = wholeBits;
        this.two = two != 0;
        this.one = one != 0;
        this.zero = zero;
        this.scales = scales;
        this.table = table;
    }

    /** The format for a weight type, if it has one. */
    static Optional<GroupFormat> of(DType type) {
        for (GroupFormat format : values()) {
            if (format.type == type) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }

    /** The weight type. */
    DType type() {
        return type;
    }

    /** Vectors of codes in a block. */
    int vectors() {
        return wholeBits + (two ? 2 : 0) + (one ? 1 : 0);
    }

    /** Parts that share a scale. */
    int parts() {
        return PARTS / scales.perBlock;
    }

    /** The zero of codes brought as low as they go: below {@link #zero} where levels have small magnitudes. */
    int loweredZero() {
        return this == MXFP4 ? 16 : zero;
    }

    /** The largest code with this {@link #loweredZero}. */
    int largest() {
        if (table) {
            int most = 0;
            for (byte level : levels()) {
                most = Math.max(most, (level & 0xff) - zero + loweredZero());
            }
            return most;
        }
        return (1 << wholeBits + (two ? 2 : 0) + (one ? 1 : 0)) - 1;
    }

    /** The levels of a table format, plus 128. */
    byte[] levels() {
        byte[] levels = (this == MXFP4 ? E2M1_TWICE : NON_LINEAR).clone();
        for (int i = 0; i < levels.length; i++) {
            levels[i] += (byte) 128;
        }
        return levels;
    }

    /** Units of a row. */
    int units(int cols) {
        return cols / BLOCK / scales.blocks;
    }

    /** Bytes of a unit's scales, after which its codes begin. */
    int scaleBytes(int lanes) {
        return scales.bytesPerRow * lanes;
    }

    /** Bytes of a unit: its scales and then its codes. */
    int unitBytes(int lanes) {
        return scaleBytes(lanes) + scales.blocks * vectors() * lanes * 4;
    }

    /** Bytes of one row group, a whole number of cache lines. */
    long groupBytes(int lanes, int cols) {
        return ((long) units(cols) * unitBytes(lanes) + 63) / 64 * 64;
    }
}
