package dev.jerboa.kernel.ops.vector;

import static dev.jerboa.kernel.ops.vector.Lanes.COUNT;
import static dev.jerboa.kernel.ops.vector.Lanes.FLOATS;
import static dev.jerboa.kernel.ops.vector.Lanes.INTS;
import static dev.jerboa.kernel.ops.vector.Lanes.LITTLE;
import static dev.jerboa.kernel.ops.vector.Lanes.MEMORY;
import static dev.jerboa.kernel.ops.vector.Lanes.store;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.dtype.SmallFloats;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Stored weights to float32, from address to address. Quantised blocks go in two steps: codes unpacked to signed bytes
 * 16 at a time (in scratch, where the type packs them), then bytes to floats, times the scale, plus the offset. The values
 * are those of {@link DType#decode}, bit for bit but for the sign of zeros.
 */
final class Decoders {
    /** Bytes of scratch that {@link #decode} needs: the codes of one block. */
    static final int SCRATCH_BYTES = 256;

    private static final VectorSpecies<Byte> BYTES_16 = ByteVector.SPECIES_128;
    /** As many bytes as a vector has floats, or more where that would be under 64 bits. */
    private static final VectorSpecies<Byte> BYTES =
            VectorShape.forBitSize(Math.max(64, 8 * COUNT)).withLanes(byte.class);

    private static final VectorSpecies<Short> SHORTS =
            VectorShape.forBitSize(16 * COUNT).withLanes(short.class);

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The levels of IQ4_NL and IQ4_XS, and twice those of E2M1. */
    private static final ByteVector NON_LINEAR =
            table(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

    private static final ByteVector E2M1_TWICE = table(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);

    private Decoders() {}

    private static ByteVector table(int... values) {
        byte[] bytes = new byte[16];
        for (int i = 0; i < 16; i++) {
            bytes[i] = (byte) values[i];
        }
        return ByteVector.fromArray(BYTES_16, bytes, 0);
    }

    /** Whether {@link #decode} knows the type; others go through {@link DType#decode}. */
    static boolean knows(DType type) {
        return switch (type) {
            case F16,
                    BF16,
                    F8_E4M3,
                    Q8_0,
                    Q4_0,
                    Q4_1,
                    Q5_0,
                    Q5_1,
                    Q2_K,
                    Q3_K,
                    Q4_K,
                    Q5_K,
                    Q6_K,
                    IQ4_NL,
                    IQ4_XS,
                    MXFP4 -> true;
            default -> false;
        };
    }

    /**
     * Decodes {@code count} values, whole blocks, from {@code src} to the floats at {@code out}.
     *
     * @param codes {@link #SCRATCH_BYTES} of scratch
     */
    static void decode(DType type, long src, long out, int count, long codes) {
        long end = src + type.bytes(count);
        switch (type) {
            case F16 -> f16(src, out, count);
            case BF16 -> bf16(src, out, count);
            case F8_E4M3 -> e4m3(src, out, count);
            case Q8_0 -> q8Zero(src, end, out);
            case Q4_0 -> q4Zero(src, end, out, codes);
            case Q4_1 -> q4One(src, end, out, codes);
            case Q5_0 -> q5(src, end, out, codes, false);
            case Q5_1 -> q5(src, end, out, codes, true);
            case Q2_K -> q2k(src, end, out, codes);
            case Q3_K -> q3k(src, end, out, codes);
            case Q4_K -> q45k(src, end, out, codes, false);
            case Q5_K -> q45k(src, end, out, codes, true);
            case Q6_K -> q6k(src, end, out, codes);
            case IQ4_NL -> iq4Nl(src, end, out, codes);
            case IQ4_XS -> iq4Xs(src, end, out, codes);
            case MXFP4 -> mxfp4(src, end, out, codes);
            default -> throw new IllegalArgumentException("no vector decoder for " + type);
        }
    }

    // Building blocks

    private static float half(long at) {
        return Float.float16ToFloat(MEMORY.get(SHORT, at));
    }

    private static int u8(long at) {
        return MEMORY.get(ValueLayout.JAVA_BYTE, at) & 0xff;
    }

    /** Signed bytes at {@code at} as floats. */
    private static FloatVector floats(long at) {
        if (COUNT == 4) { // 4 bytes are no vector of their own
            ByteVector bytes =
                    IntVector.zero(INTS).withLane(0, MEMORY.get(INT, at)).reinterpretAsBytes();
            return (FloatVector) bytes.convertShape(VectorOperators.B2F, FLOATS, 0);
        }
        return (FloatVector)
                ByteVector.fromMemorySegment(BYTES, MEMORY, at, LITTLE).convertShape(VectorOperators.B2F, FLOATS, 0);
    }

    /** {@code count} signed bytes times {@code scale}. */
    private static void scaled(long codes, int count, float scale, long out) {
        FloatVector s = FloatVector.broadcast(FLOATS, scale);
        for (int j = 0; j < count; j += COUNT) {
            store(floats(codes + j).mul(s), out + 4L * j);
        }
    }

    /** {@code count} signed bytes times {@code scale}, plus {@code offset}. */
    private static void shifted(long codes, int count, float scale, float offset, long out) {
        FloatVector s = FloatVector.broadcast(FLOATS, scale);
        FloatVector o = FloatVector.broadcast(FLOATS, offset);
        for (int j = 0; j < count; j += COUNT) {
            store(floats(codes + j).mul(s).add(o), out + 4L * j);
        }
    }

    private static ByteVector bytes(long at) {
        return ByteVector.fromMemorySegment(BYTES_16, MEMORY, at, LITTLE);
    }

    private static void put(ByteVector v, long at) {
        v.intoMemorySegment(MEMORY, at, LITTLE);
    }

    /** Each byte shifted right, then masked; the mask must not reach above the byte's own bits. */
    private static ByteVector right(ByteVector v, int by, int mask) {
        return v.reinterpretAsShorts()
                .lanewise(VectorOperators.LSHR, by)
                .reinterpretAsBytes()
                .and((byte) mask);
    }

    /** Each byte shifted left, then masked. */
    private static ByteVector left(ByteVector v, int by, int mask) {
        return v.reinterpretAsShorts()
                .lanewise(VectorOperators.LSHL, by)
                .reinterpretAsBytes()
                .and((byte) mask);
    }

    // Numbers of 16 and 8 bits

    private static IntVector unsignedShorts(long at) {
        return (IntVector) ShortVector.fromMemorySegment(SHORTS, MEMORY, at, LITTLE)
                .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
    }

    private static void bf16(long src, long out, int count) {
        int main = count & -COUNT;
        for (int i = 0; i < main; i += COUNT) {
            IntVector bits = unsignedShorts(src + 2L * i).lanewise(VectorOperators.LSHL, 16);
            store(bits.viewAsFloatingLanes(), out + 4L * i);
        }
        for (int i = main; i < count; i++) {
            Lanes.set(out + 4L * i, SmallFloats.bf16(MEMORY.get(SHORT, src + 2L * i)));
        }
    }

    private static void f16(long src, long out, int count) {
        int main = count & -COUNT;
        for (int i = 0; i < main; i += COUNT) {
            store(widen(unsignedShorts(src + 2L * i), 0x8000, 16, 13, 0x1p112f, 0x7c00), out + 4L * i);
        }
        for (int i = main; i < count; i++) {
            Lanes.set(out + 4L * i, half(src + 2L * i));
        }
    }

    private static void e4m3(long src, long out, int count) {
        int main = count & -COUNT;
        for (int i = 0; i < main; i += COUNT) {
            IntVector code = unsignedBytes(src + i);
            store(widen(code, 0x80, 24, 20, 0x1p120f, 0x7f), out + 4L * i);
        }
        for (int i = main; i < count; i++) {
            Lanes.set(out + 4L * i, SmallFloats.e4m3(MEMORY.get(ValueLayout.JAVA_BYTE, src + i)));
        }
    }

    private static IntVector unsignedBytes(long at) {
        if (COUNT == 4) {
            ByteVector bytes =
                    IntVector.zero(INTS).withLane(0, MEMORY.get(INT, at)).reinterpretAsBytes();
            return (IntVector) bytes.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
        }
        return (IntVector) ByteVector.fromMemorySegment(BYTES, MEMORY, at, LITTLE)
                .convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
    }

    /**
     * Small floats to float32: exponent and mantissa moved into place are the value divided by a power of two, subnormals
     * included; from {@code special} on, the exponent becomes that of infinities and NaNs.
     */
    private static FloatVector widen(IntVector code, int sign, int signShift, int shift, float power, int special) {
        IntVector magnitude = code.and(sign - 1);
        IntVector bits = magnitude
                .lanewise(VectorOperators.LSHL, shift)
                .viewAsFloatingLanes()
                .mul(power)
                .viewAsIntegralLanes();
        bits = bits.lanewise(VectorOperators.OR, 0x7f800000, magnitude.compare(VectorOperators.GE, special));
        return bits.or(code.and(sign).lanewise(VectorOperators.LSHL, signShift)).viewAsFloatingLanes();
    }

    // Blocks of 32

    private static void q8Zero(long src, long end, long out) {
        for (; src < end; src += 34, out += 128) {
            scaled(src + 2, 32, half(src), out);
        }
    }

    private static void q4Zero(long src, long end, long out, long codes) {
        for (; src < end; src += 18, out += 128) {
            ByteVector packed = bytes(src + 2);
            put(packed.and((byte) 15).sub((byte) 8), codes);
            put(right(packed, 4, 15).sub((byte) 8), codes + 16);
            scaled(codes, 32, half(src), out);
        }
    }

    private static void q4One(long src, long end, long out, long codes) {
        for (; src < end; src += 20, out += 128) {
            ByteVector packed = bytes(src + 4);
            put(packed.and((byte) 15), codes);
            put(right(packed, 4, 15), codes + 16);
            shifted(codes, 32, half(src), half(src + 2), out);
        }
    }

    private static final ByteVector BIT_OF_LANE = table(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
    private static final ByteVector BYTE_OF_LANE = table(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);

    /** 16 where bit j of the 16 at {@code at} is set, else 0. */
    private static ByteVector fifthBits(long at) {
        ByteVector pair = ShortVector.broadcast(ShortVector.SPECIES_128, MEMORY.get(SHORT, at))
                .reinterpretAsBytes();
        ByteVector own = BYTE_OF_LANE.selectFrom(pair).and(BIT_OF_LANE);
        return ByteVector.zero(BYTES_16).blend((byte) 16, own.compare(VectorOperators.NE, (byte) 0));
    }

    private static void q5(long src, long end, long out, long codes, boolean one) {
        int head = one ? 4 : 2;
        for (; src < end; src += head + 20, out += 128) {
            ByteVector packed = bytes(src + head + 4);
            ByteVector low = packed.and((byte) 15).or(fifthBits(src + head));
            ByteVector high = right(packed, 4, 15).or(fifthBits(src + head + 2));
            if (one) {
                put(low, codes);
                put(high, codes + 16);
                shifted(codes, 32, half(src), half(src + 2), out);
            } else {
                put(low.sub((byte) 16), codes);
                put(high.sub((byte) 16), codes + 16);
                scaled(codes, 32, half(src), out);
            }
        }
    }

    private static void iq4Nl(long src, long end, long out, long codes) {
        for (; src < end; src += 18, out += 128) {
            levels(src + 2, NON_LINEAR, codes);
            scaled(codes, 32, half(src), out);
        }
    }

    private static void mxfp4(long src, long end, long out, long codes) {
        for (; src < end; src += 17, out += 128) {
            levels(src + 1, E2M1_TWICE, codes);
            scaled(codes, 32, SmallFloats.e8m0((byte) u8(src)) / 2, out);
        }
    }

    /** 16 bytes of nibbles to 32 levels: the low nibbles first. */
    private static void levels(long src, ByteVector table, long codes) {
        ByteVector packed = bytes(src);
        put(packed.and((byte) 15).selectFrom(table), codes);
        put(right(packed, 4, 15).selectFrom(table), codes + 16);
    }

    // Blocks of 256

    private static void iq4Xs(long src, long end, long out, long codes) {
        for (; src < end; src += 136) {
            float d = half(src);
            int high = MEMORY.get(SHORT, src + 2) & 0xffff;
            for (int g = 0; g < 8; g++, out += 128) {
                int scale = u8(src + 4 + (g >> 1)) >> 4 * (g & 1) & 15 | (high >> 2 * g & 3) << 4;
                levels(src + 8 + 16 * g, NON_LINEAR, codes);
                scaled(codes, 32, d * (scale - 32), out);
            }
        }
    }

    private static void q2k(long src, long end, long out, long codes) {
        for (; src < end; src += 84) {
            float d = half(src + 80);
            float dmin = half(src + 82);
            twoBits(src + 16, codes);
            for (int g = 0; g < 16; g++, out += 64) {
                int scale = u8(src + g);
                shifted(codes + 16 * g, 16, d * (scale & 15), -(dmin * (scale >> 4)), out);
            }
        }
    }

    /** 64 bytes of four 2-bit codes to 256 codes. */
    private static void twoBits(long src, long codes) {
        for (int part = 0; part < 2; part++, src += 32, codes += 128) {
            ByteVector first = bytes(src);
            ByteVector second = bytes(src + 16);
            for (int pair = 0; pair < 4; pair++) {
                put(right(first, 2 * pair, 3), codes + 32 * pair);
                put(right(second, 2 * pair, 3), codes + 32 * pair + 16);
            }
        }
    }

    private static void q3k(long src, long end, long out, long codes) {
        for (; src < end; src += 110) {
            float d = half(src + 108);
            twoBits(src + 32, codes);
            ByteVector first = bytes(src);
            ByteVector second = bytes(src + 16);
            for (int bit = 0; bit < 8; bit++) {
                long at = codes + 32 * bit;
                put(bytes(at).or(thirdBit(first, bit)).sub((byte) 4), at);
                put(bytes(at + 16).or(thirdBit(second, bit)).sub((byte) 4), at + 16);
            }
            for (int g = 0; g < 16; g++, out += 64) {
                int low = u8(src + 96 + (g & 7)) >> 4 * (g >> 3) & 15;
                int high = u8(src + 104 + (g & 3)) >> 2 * (g >> 2) & 3;
                scaled(codes + 16 * g, 16, d * ((low | high << 4) - 32), out);
            }
        }
    }

    private static ByteVector thirdBit(ByteVector v, int bit) {
        return bit < 2 ? left(v, 2 - bit, 4) : right(v, bit - 2, 4);
    }

    private static void q45k(long src, long end, long out, long codes, boolean five) {
        int bytes = five ? 176 : 144;
        for (; src < end; src += bytes) {
            float d = half(src);
            float dmin = half(src + 2);
            long low = src + (five ? 48 : 16);
            for (int pair = 0; pair < 4; pair++, low += 32) {
                ByteVector first = bytes(low);
                ByteVector second = bytes(low + 16);
                long at = codes + 64 * pair;
                put(first.and((byte) 15), at);
                put(second.and((byte) 15), at + 16);
                put(right(first, 4, 15), at + 32);
                put(right(second, 4, 15), at + 48);
            }
            if (five) {
                fifthBitsOfGroups(src + 16, codes);
            }
            for (int g = 0; g < 8; g++, out += 128) {
                long at = src + 4;
                int scale = g < 4 ? u8(at + g) & 63 : u8(at + g + 4) & 15 | u8(at + g - 4) >> 6 << 4;
                int min = g < 4 ? u8(at + g + 4) & 63 : u8(at + g + 4) >> 4 | u8(at + g) >> 6 << 4;
                shifted(codes + 32 * g, 32, d * scale, -(dmin * min), out);
            }
        }
    }

    /** Ors bit g of 32 bytes into bit 4 of the 32 codes of group g. */
    private static void fifthBitsOfGroups(long src, long codes) {
        ByteVector first = bytes(src);
        ByteVector second = bytes(src + 16);
        for (int g = 0; g < 8; g++, codes += 32) {
            put(bytes(codes).or(g < 4 ? left(first, 4 - g, 16) : right(first, g - 4, 16)), codes);
            put(bytes(codes + 16).or(g < 4 ? left(second, 4 - g, 16) : right(second, g - 4, 16)), codes + 16);
        }
    }

    private static void q6k(long src, long end, long out, long codes) {
        for (; src < end; src += 210) {
            float d = half(src + 208);
            for (int part = 0; part < 2; part++) {
                for (int side = 0; side < 2; side++) {
                    long low = src + 64 * part + 16 * side;
                    ByteVector first = bytes(low);
                    ByteVector second = bytes(low + 32);
                    ByteVector high = bytes(src + 128 + 32 * part + 16 * side);
                    long at = codes + 128 * part + 16 * side;
                    put(first.and((byte) 15).or(left(high, 4, 48)).sub((byte) 32), at);
                    put(second.and((byte) 15).or(left(high, 2, 48)).sub((byte) 32), at + 32);
                    put(right(first, 4, 15).or(high.and((byte) 48)).sub((byte) 32), at + 64);
                    put(right(second, 4, 15).or(right(high, 2, 48)).sub((byte) 32), at + 96);
                }
            }
            for (int g = 0; g < 16; g++, out += 64) {
                scaled(codes + 16 * g, 16, d * MEMORY.get(ValueLayout.JAVA_BYTE, src + 192 + g), out);
            }
        }
    }
}
