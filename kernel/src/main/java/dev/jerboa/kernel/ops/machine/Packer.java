package dev.jerboa.kernel.ops.machine;

import dev.jerboa.kernel.dtype.SmallFloats;
import dev.jerboa.kernel.memory.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Repacks published blocks into row groups. Layouts of the source: ggml-common.h of the GGUF reference implementation. Four
 * codes are moved at a time, a byte each in an int. Rows past the matrix are left zero, which multiplies to zero.
 */
final class Packer {
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final int NIBBLES = 0x0F0F0F0F;
    private static final int PAIRS = 0x03030303;
    private static final int BITS = 0x01010101;
    private static final int SUPER = 8;

    private final GroupFormat format;
    private final int lanes;
    private final int firstGroup;
    private final int cols;
    private final MemorySegment source;
    private final long rowBytes;
    private final int blockBytes;
    private final MemorySegment target;
    private final long groupBytes;
    private final int unitBytes;
    private final int scaleBytes;
    private final int[] parts = new int[GroupFormat.PARTS];

    /**
     * A packer of {@code matrix} into {@code target}, zero-filled row groups. One thread each.
     *
     * @param firstGroup the row group that {@code target} begins with
     */
    Packer(GroupFormat format, int lanes, Matrix matrix, MemorySegment target, int firstGroup) {
        this.format = format;
        this.lanes = lanes;
        this.firstGroup = firstGroup;
        this.cols = matrix.cols();
        this.source = matrix.data();
        this.rowBytes = matrix.rowBytes();
        this.blockBytes = matrix.type().blockBytes();
        this.target = target;
        this.groupBytes = format.groupBytes(lanes, cols);
        this.unitBytes = format.unitBytes(lanes);
        this.scaleBytes = format.scaleBytes(lanes);
    }

    /** Packs rows {@code from} to {@code to − 1}. */
    void pack(int from, int to) {
        int units = format.units(cols);
        for (int row = from; row < to; row++) {
            int lane = row % lanes;
            long at = row * rowBytes;
            long place = (row / lanes - firstGroup) * groupBytes;
            for (int unit = 0; unit < units; unit++, at += blockBytes, place += unitBytes) {
                scales(at, place, lane);
                long codes = place + scaleBytes + 4L * lane;
                for (int block = 0; block < format.scales.blocks; block++) {
                    read(at, block);
                    write(codes);
                    codes += (long) format.vectors() * lanes * 4;
                }
            }
        }
    }

    /** Packs the scales alone of rows {@code from} to {@code to − 1}. */
    void packScales(int from, int to) {
        int units = format.units(cols);
        for (int row = from; row < to; row++) {
            long at = row * rowBytes;
            long place = (row / lanes - firstGroup) * groupBytes;
            for (int unit = 0; unit < units; unit++, at += blockBytes, place += unitBytes) {
                scales(at, place, row % lanes);
            }
        }
    }

    /** Writes the codes of one row's block into its planes. */
    private void write(long at) {
        int[] p = parts;
        int stride = 4 * lanes;
        long to = at;
        if (format.wholeBits == 8) {
            for (int g = 0; g < 8; g++, to += stride) {
                target.set(INT, to, p[g]);
            }
            return;
        }
        int high = 0;
        if (format.wholeBits == 4) {
            for (int v = 0; v < 4; v++, to += stride) {
                target.set(INT, to, p[v] & NIBBLES | (p[v + 4] & NIBBLES) << 4);
            }
            high = 4;
        }
        if (format.two) {
            for (int v = 0; v < 2; v++, to += stride) {
                int two = p[v] >>> high & PAIRS
                        | (p[v + 2] >>> high & PAIRS) << 2
                        | (p[v + 4] >>> high & PAIRS) << 4
                        | (p[v + 6] >>> high & PAIRS) << 6;
                target.set(INT, to, two);
            }
            high += 2;
        }
        if (format.one) {
            int one = 0;
            for (int g = 0; g < 8; g++) {
                one |= (p[g] >>> high & BITS) << g;
            }
            target.set(INT, to, one);
        }
    }

    /** Reads the codes of block {@code block} of the unit at {@code at} into {@link #parts}. */
    private void read(long at, int block) {
        switch (format) {
            case Q8_0 -> {
                for (int g = 0; g < 8; g++) {
                    parts[g] = int32(at + 2 + 4 * g) ^ 0x80808080;
                }
            }
            case Q4_0, IQ4_NL -> nibbles(at + 2);
            case MXFP4 -> nibbles(at + 1);
            case Q4_1 -> nibbles(at + 4);
            case IQ4_XS -> nibbles(at + 8 + 16L * block);
            case Q5_0 -> {
                nibbles(at + 6);
                fifthBits(int32(at + 2));
            }
            case Q5_1 -> {
                nibbles(at + 8);
                fifthBits(int32(at + 4));
            }
            case Q4_K -> halves(at + 16 + 32L * (block >> 1), block & 1);
            case Q5_K -> {
                halves(at + 48 + 32L * (block >> 1), block & 1);
                for (int g = 0; g < 8; g++) {
                    parts[g] |= (int32(at + 16 + 4 * g) >>> block & BITS) << 4;
                }
            }
            case Q6_K -> {
                int part = block & 3;
                halves(at + 64L * (block >> 2) + 32 * (part & 1), part >> 1);
                long high = at + 128 + 32L * (block >> 2);
                for (int g = 0; g < 8; g++) {
                    parts[g] |= (int32(high + 4 * g) >>> 2 * part & PAIRS) << 4;
                }
            }
            case Q3_K -> {
                pairs(at + 32 + 32L * (block >> 2), block & 3);
                for (int g = 0; g < 8; g++) {
                    parts[g] |= (int32(at + 4 * g) >>> block & BITS) << 2;
                }
            }
            case Q2_K -> pairs(at + 16 + 32L * (block >> 2), block & 3);
        }
    }

    /** 16 bytes: the first 16 codes in the low nibbles, the others in the high ones. */
    private void nibbles(long at) {
        for (int g = 0; g < 4; g++) {
            int bytes = int32(at + 4 * g);
            parts[g] = bytes & NIBBLES;
            parts[g + 4] = bytes >>> 4 & NIBBLES;
        }
    }

    /** 32 bytes: codes in the nibbles numbered {@code half}. */
    private void halves(long at, int half) {
        for (int g = 0; g < 8; g++) {
            parts[g] = int32(at + 4 * g) >>> 4 * half & NIBBLES;
        }
    }

    /** 32 bytes: codes in the bit pairs numbered {@code pair}. */
    private void pairs(long at, int pair) {
        for (int g = 0; g < 8; g++) {
            parts[g] = int32(at + 4 * g) >>> 2 * pair & PAIRS;
        }
    }

    /** Adds bit i as the fifth bit of code i. */
    private void fifthBits(int bits) {
        for (int g = 0; g < 8; g++) {
            int four = bits >>> 4 * g & 15;
            // Bit i of the four moves to bit 8·i + 4.
            parts[g] |= (four * 0x00204081 & BITS) << 4;
        }
    }

    private void scales(long at, long to, int lane) {
        long half = to + 2L * lane;
        int width = 2 * lanes;
        switch (format.scales) {
            case HALF -> target.set(SHORT, half, int16(at));
            case BFLOAT -> {
                float twice = SmallFloats.e8m0(source.get(BYTE, at)) / 2;
                target.set(SHORT, half, (short) (Float.floatToRawIntBits(twice) >>> 16));
            }
            case HALF_AND_MIN -> {
                target.set(SHORT, half, int16(at));
                target.set(SHORT, half + width, int16(at + 2));
            }
            case SUPER_BYTE_AND_MIN -> {
                target.set(SHORT, half, int16(at));
                target.set(SHORT, half + width, int16(at + 2));
                long next = to + 2L * width + lane;
                for (int g = 0; g < SUPER; g++, next += width) {
                    target.set(BYTE, next, (byte) sixBitScale(at + 4, g));
                    target.set(BYTE, next + lanes, (byte) sixBitMinimum(at + 4, g));
                }
            }
            case SUPER_SIGNED_32 -> {
                target.set(SHORT, half, int16(at));
                int high = int16(at + 2);
                for (int g = 0; g < SUPER; g++) {
                    int scale = byteAt(at + 4 + (g >> 1)) >> 4 * (g & 1) & 15 | (high >> 2 * g & 3) << 4;
                    target.set(BYTE, to + width + (long) g * lanes + lane, (byte) (scale - 32));
                }
            }
            case SUPER_SIGNED_16 -> {
                boolean six = format == GroupFormat.Q6_K;
                target.set(SHORT, half, int16(at + (six ? 208 : 108)));
                for (int g = 0; g < 2 * SUPER; g++) {
                    int scale = six ? byteAt(at + 192 + g) : thirdScale(at + 96, g) - 32;
                    target.set(BYTE, to + width + (long) g * lanes + lane, (byte) scale);
                }
            }
            case SUPER_NIBBLES_16 -> {
                target.set(SHORT, half, int16(at + 80));
                target.set(SHORT, half + width, int16(at + 82));
                for (int g = 0; g < 2 * SUPER; g++) {
                    target.set(BYTE, to + 2L * width + (long) g * lanes + lane, (byte) byteAt(at + g));
                }
            }
        }
    }

    /** The 6-bit scale {@code g} of Q4_K and Q5_K: whole in byte g below 4, else in byte g + 4 and atop byte g − 4. */
    private int sixBitScale(long at, int g) {
        return g < 4 ? byteAt(at + g) & 63 : byteAt(at + g + 4) & 15 | byteAt(at + g - 4) >> 6 << 4;
    }

    /** The 6-bit minimum {@code g} of Q4_K and Q5_K: whole in byte g + 4 below 4, else in byte g + 4 and atop byte g. */
    private int sixBitMinimum(long at, int g) {
        return g < 4 ? byteAt(at + g + 4) & 63 : byteAt(at + g + 4) >> 4 | byteAt(at + g) >> 6 << 4;
    }

    /** The 6-bit scale {@code g} of Q3_K. */
    private int thirdScale(long at, int g) {
        return byteAt(at + (g & 7)) >> 4 * (g >> 3) & 15 | (byteAt(at + 8 + (g & 3)) >> 2 * (g >> 2) & 3) << 4;
    }

    private int int32(long at) {
        return source.get(INT, at);
    }

    private short int16(long at) {
        return source.get(SHORT, at);
    }

    private int byteAt(long at) {
        return source.get(BYTE, at) & 0xff;
    }
}
