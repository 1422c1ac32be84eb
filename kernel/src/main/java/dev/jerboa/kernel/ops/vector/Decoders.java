package dev.jerboa.kernel.ops.vector;

import static dev.jerboa.kernel.ops.vector.Lanes.COUNT;
import static dev.jerboa.kernel.ops.vector.Lanes.FLOATS;
import static dev.jerboa.kernel.ops.vector.Lanes.INTS;
import static dev.jerboa.kernel.ops.vector.Lanes.LITTLE;
import static dev.jerboa.kernel.ops.vector.Lanes.MEMORY;
import static dev.jerboa.kernel.ops.vector.Lanes.store;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.dtype.SmallFloats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * Stored weights to float32, from address to address. Quantised blocks go in two steps: codes unpacked to bytes (in scratch,
 * where the type packs them), then bytes to floats by one fused multiply-add with scale and offset. The values are those of
 * {@link DType#decode}: bit for bit where a type has no minimum (the offset, a power of two times the scale, is exact), else
 * with one rounding instead of two; zeros may differ in sign.
 *
 * <p>The shape of the code is for C2. It stops inlining in a method of more than some forty vector operations, and then boxes
 * vectors: so every decoder is a method of its own, called
 * through an interface (inlined only where a process meets one or two types), and each step stands in it once, in a loop;
 * no step takes or returns vectors of several shapes, which are boxed wherever the call is not inlined. And it unrolls short counted
 * loops until registers spill: so loops over groups step by {@link #one}, which is no constant to it.
 */
final class Decoders {
    /** Bytes of scratch that a {@link Decoder} needs: the codes of one block. */
    static final int SCRATCH_BYTES = 256;

    private static final VectorSpecies<Byte> BYTES_16 = ByteVector.SPECIES_128;
    /** As many bytes as a vector has floats, or more where that would be under 64 bits. */
    private static final VectorSpecies<Byte> BYTES =
            VectorShape.forBitSize(Math.max(64, 8 * COUNT)).withLanes(byte.class);

    private static final VectorSpecies<Short> SHORTS =
            VectorShape.forBitSize(16 * COUNT).withLanes(short.class);

    /** Bytes unpacked at a time in blocks of 256: 32, or 16 where vectors are no wider. */
    private static final int SPAN = COUNT == 4 ? 16 : 32;

    private static final VectorSpecies<Short> PAIRS =
            VectorShape.forBitSize(8 * SPAN).withLanes(short.class);

    /** Always 1; not final, so that loops by it are not counted loops. */
    private static int one = 1;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The levels of IQ4_NL and IQ4_XS, and twice those of E2M1. */
    private static final ByteVector NON_LINEAR =
            table(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

    private static final ByteVector BIT_OF_LANE = table(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
    private static final VectorShuffle<Byte> BYTE_OF_LANE = VectorShuffle.fromOp(BYTES_16, lane -> lane / 8);

    private static final ByteVector E2M1_TWICE = table(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);

    private Decoders() {}

    private static ByteVector table(int... values) {
        byte[] bytes = new byte[16];
        for (int i = 0; i < 16; i++) {
            bytes[i] = (byte) values[i];
        }
        return ByteVector.fromArray(BYTES_16, bytes, 0);
    }

    /** Decodes the whole blocks of one type from {@code src} to {@code end} into the floats at {@code out}. */
    @FunctionalInterface
    interface Decoder {
        /**
         * @param codes address of {@link #SCRATCH_BYTES} of scratch
         */
        void decode(long src, long end, long out, long codes);
    }

    /** The decoder of a type, or null where only {@link DType#decode} knows it. */
    static @Nullable Decoder of(DType type) {
        return switch (type) {
            case F32 -> Decoders::f32;
            case F16 -> Decoders::f16;
            case BF16 -> Decoders::bf16;
            case F8_E4M3 -> Decoders::e4m3;
            case Q8_0 -> Decoders::q8Zero;
            case Q4_0 -> Decoders::q4Zero;
            case Q4_1 -> Decoders::q4One;
            case Q5_0 -> Decoders::q5Zero;
            case Q5_1 -> Decoders::q5One;
            case Q2_K -> Decoders::q2k;
            case Q3_K -> Decoders::q3k;
            case Q4_K -> Decoders::q4k;
            case Q5_K -> Decoders::q5k;
            case Q6_K -> Decoders::q6k;
            case IQ4_NL -> Decoders::iq4Nl;
            case IQ4_XS -> Decoders::iq4Xs;
            case MXFP4 -> Decoders::mxfp4;
            default -> null;
        };
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

    /** {@code count} signed bytes times {@code scale}, plus {@code offset}. */
    private static void spread(long codes, int count, float scale, float offset, long out) {
        FloatVector s = FloatVector.broadcast(FLOATS, scale);
        FloatVector o = FloatVector.broadcast(FLOATS, offset);
        for (int j = 0; j < count; j += COUNT) {
            store(floats(codes + j).fma(s, o), out + 4L * j);
        }
    }

    // Numbers of 16 and 8 bits

    private static IntVector unsignedShorts(long at) {
        return (IntVector) ShortVector.fromMemorySegment(SHORTS, MEMORY, at, LITTLE)
                .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
    }

    private static void f32(long src, long end, long out, long codes) {
        MemorySegment.copy(MEMORY, src, MEMORY, out, end - src);
    }

    private static void bf16(long src, long end, long out, long codes) {
        int count = (int) (end - src) / 2;
        int main = count & -COUNT;
        for (int i = 0; i < main; i += COUNT) {
            IntVector bits = unsignedShorts(src + 2L * i).lanewise(VectorOperators.LSHL, 16);
            store(bits.viewAsFloatingLanes(), out + 4L * i);
        }
        for (int i = main; i < count; i++) {
            Lanes.set(out + 4L * i, SmallFloats.bf16(MEMORY.get(SHORT, src + 2L * i)));
        }
    }

    private static void f16(long src, long end, long out, long codes) {
        int count = (int) (end - src) / 2;
        int main = count & -COUNT;
        for (int i = 0; i < main; i += COUNT) {
            store(widen(unsignedShorts(src + 2L * i), 0x8000, 16, 13, 0x1p112f, 0x7c00), out + 4L * i);
        }
        for (int i = main; i < count; i++) {
            Lanes.set(out + 4L * i, half(src + 2L * i));
        }
    }

    private static void e4m3(long src, long end, long out, long codes) {
        int count = (int) (end - src);
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
     * included; codes from {@code special} on get the exponent of infinities and NaNs (their distance to the sign bit,
     * added, reaches that bit, and an arithmetic shift spreads it).
     */
    private static FloatVector widen(IntVector code, int sign, int signShift, int shift, float power, int special) {
        IntVector magnitude = code.and(sign - 1);
        IntVector bits = magnitude
                .lanewise(VectorOperators.LSHL, shift)
                .viewAsFloatingLanes()
                .mul(power)
                .viewAsIntegralLanes();
        IntVector exponent = magnitude
                .add(sign - special)
                .lanewise(VectorOperators.LSHL, signShift)
                .lanewise(VectorOperators.ASHR, 8)
                .and(0x7f800000);
        return bits.or(exponent)
                .or(code.and(sign).lanewise(VectorOperators.LSHL, signShift))
                .viewAsFloatingLanes();
    }

    // Blocks of 32

    private static void q8Zero(long src, long end, long out, long codes) {
        FloatVector zero = FloatVector.zero(FLOATS);
        for (; src < end; src += 34, out += 128) {
            FloatVector s = FloatVector.broadcast(FLOATS, half(src));
            for (int j = 0; j < 32; j += COUNT) {
                store(floats(src + 2 + j).fma(s, zero), out + 4L * j);
            }
        }
    }

    private static void q4Zero(long src, long end, long out, long codes) {
        for (; src < end; src += 18, out += 128) {
            nibbles(src + 2, codes);
            float d = half(src);
            spread(codes, 32, d, -8 * d, out);
        }
    }

    private static void q4One(long src, long end, long out, long codes) {
        for (; src < end; src += 20, out += 128) {
            nibbles(src + 4, codes);
            spread(codes, 32, half(src), half(src + 2), out);
        }
    }

    /** 16 bytes of nibbles to 32 codes: the low nibbles first. */
    private static void nibbles(long src, long codes) {
        ShortVector packed = ShortVector.fromMemorySegment(ShortVector.SPECIES_128, MEMORY, src, LITTLE);
        packed.and((short) 0x0f0f).intoMemorySegment(MEMORY, codes, LITTLE);
        packed.lanewise(VectorOperators.LSHR, 4).and((short) 0x0f0f).intoMemorySegment(MEMORY, codes + 16, LITTLE);
    }

    private static void q5Zero(long src, long end, long out, long codes) {
        for (; src < end; src += 22, out += 128) {
            nibbles(src + 6, codes);
            fifthBits(src + 2, codes);
            float d = half(src);
            spread(codes, 32, d, -16 * d, out);
        }
    }

    private static void q5One(long src, long end, long out, long codes) {
        for (; src < end; src += 24, out += 128) {
            nibbles(src + 8, codes);
            fifthBits(src + 4, codes);
            spread(codes, 32, half(src), half(src + 2), out);
        }
    }

    /** Puts bit j of the 32 at {@code bits} atop code j. */
    private static void fifthBits(long bits, long codes) {
        for (int side = 0; side < 2; side++) {
            ByteVector pair = ShortVector.broadcast(ShortVector.SPECIES_128, MEMORY.get(SHORT, bits + 2 * side))
                    .reinterpretAsBytes();
            ByteVector own = pair.rearrange(BYTE_OF_LANE).and(BIT_OF_LANE);
            ByteVector set =
                    ((ByteVector) own.compare(VectorOperators.NE, (byte) 0).toVector()).and((byte) 16);
            long at = codes + 16 * side;
            ByteVector.fromMemorySegment(BYTES_16, MEMORY, at, LITTLE).or(set).intoMemorySegment(MEMORY, at, LITTLE);
        }
    }

    private static void iq4Nl(long src, long end, long out, long codes) {
        for (; src < end; src += 18, out += 128) {
            levels(src + 2, NON_LINEAR, codes);
            spread(codes, 32, half(src), 0, out);
        }
    }

    private static void mxfp4(long src, long end, long out, long codes) {
        for (; src < end; src += 17, out += 128) {
            levels(src + 1, E2M1_TWICE, codes);
            spread(codes, 32, SmallFloats.e8m0((byte) u8(src)) / 2, 0, out);
        }
    }

    /** 16 bytes of nibbles to 32 levels: the low nibbles first. */
    private static void levels(long src, ByteVector table, long codes) {
        ByteVector packed = ByteVector.fromMemorySegment(BYTES_16, MEMORY, src, LITTLE);
        ByteVector high = packed.reinterpretAsShorts()
                .lanewise(VectorOperators.LSHR, 4)
                .reinterpretAsBytes()
                .and((byte) 15);
        packed.and((byte) 15).selectFrom(table).intoMemorySegment(MEMORY, codes, LITTLE);
        high.selectFrom(table).intoMemorySegment(MEMORY, codes + 16, LITTLE);
    }

    // Blocks of 256

    private static void iq4Xs(long src, long end, long out, long codes) {
        int by = one;
        for (; src < end; src += 136) {
            float d = half(src);
            int high = MEMORY.get(SHORT, src + 2);
            int low = MEMORY.get(INT, src + 4);
            for (int g = 0; g < 8; g += by, out += 128, high >>= 2, low >>>= 4) {
                levels(src + 8 + 16 * g, NON_LINEAR, codes);
                spread(codes, 32, d * ((low & 15 | (high & 3) << 4) - 32), 0, out);
            }
        }
    }

    private static void q2k(long src, long end, long out, long codes) {
        int by = one;
        for (; src < end; src += 84) {
            float d = half(src + 80);
            float dmin = half(src + 82);
            twoBits(src + 16, codes);
            for (int g = 0; g < 16; g += by, out += 64) {
                int scale = u8(src + g);
                spread(codes + 16 * g, 16, d * (scale & 15), -(dmin * (scale >> 4)), out);
            }
        }
    }

    /** 2 × 32 bytes of four 2-bit codes to 256 codes. */
    private static void twoBits(long src, long codes) {
        for (int at = 0; at < 64; at += SPAN) {
            ShortVector packed = ShortVector.fromMemorySegment(PAIRS, MEMORY, src + at, LITTLE);
            long to = codes + at + 3 * (at & 32);
            packed.and((short) 0x0303).intoMemorySegment(MEMORY, to, LITTLE);
            packed.lanewise(VectorOperators.LSHR, 2).and((short) 0x0303).intoMemorySegment(MEMORY, to + 32, LITTLE);
            packed.lanewise(VectorOperators.LSHR, 4).and((short) 0x0303).intoMemorySegment(MEMORY, to + 64, LITTLE);
            packed.lanewise(VectorOperators.LSHR, 6).and((short) 0x0303).intoMemorySegment(MEMORY, to + 96, LITTLE);
        }
    }

    private static void q3k(long src, long end, long out, long codes) {
        int by = one;
        for (; src < end; src += 110) {
            float d = half(src + 108);
            twoBits(src + 32, codes);
            for (int bit = 0; bit < 8; bit += by) {
                upperBits(src, bit, 2, codes + 32 * bit);
            }
            for (int g = 0; g < 16; g += by, out += 64) {
                int low = u8(src + 96 + (g & 7)) >> 4 * (g >> 3) & 15;
                int high = u8(src + 104 + (g & 3)) >> 2 * (g >> 2) & 3;
                float scale = d * ((low | high << 4) - 32);
                spread(codes + 16 * g, 16, scale, -4 * scale, out);
            }
        }
    }

    /** Puts bit {@code bit} of 32 bytes into bit {@code to} of 32 codes. */
    private static void upperBits(long src, int bit, int to, long codes) {
        for (int side = 0; side < 32; side += SPAN) {
            ShortVector high = ShortVector.fromMemorySegment(PAIRS, MEMORY, src + side, LITTLE)
                    .lanewise(VectorOperators.LSHR, bit)
                    .and((short) 0x0101)
                    .lanewise(VectorOperators.LSHL, to);
            ShortVector.fromMemorySegment(PAIRS, MEMORY, codes + side, LITTLE)
                    .or(high)
                    .intoMemorySegment(MEMORY, codes + side, LITTLE);
        }
    }

    private static void q4k(long src, long end, long out, long codes) {
        int by = one;
        for (; src < end; src += 144) {
            float d = half(src);
            float dmin = half(src + 2);
            long scales = scales(src + 4);
            long mins = mins(src + 4);
            fourBits(src + 16, codes);
            for (int g = 0; g < 256; g += 32 * by, out += 128, scales >>>= 8, mins >>>= 8) {
                spread(codes + g, 32, d * (scales & 63), -(dmin * (mins & 63)), out);
            }
        }
    }

    private static void q5k(long src, long end, long out, long codes) {
        int by = one;
        for (; src < end; src += 176) {
            float d = half(src);
            float dmin = half(src + 2);
            long scales = scales(src + 4);
            long mins = mins(src + 4);
            fourBits(src + 48, codes);
            for (int g = 0; g < 8; g += by, out += 128, scales >>>= 8, mins >>>= 8) {
                upperBits(src + 16, g, 4, codes + 32 * g);
                spread(codes + 32 * g, 32, d * (scales & 63), -(dmin * (mins & 63)), out);
            }
        }
    }

    /** 4 × 32 bytes of nibbles to 4 × 64 codes: of each 32 bytes the low nibbles first. */
    private static void fourBits(long src, long codes) {
        for (int at = 0; at < 128; at += SPAN) {
            ShortVector packed = ShortVector.fromMemorySegment(PAIRS, MEMORY, src + at, LITTLE);
            long to = codes + (at & -32) + at;
            packed.and((short) 0x0f0f).intoMemorySegment(MEMORY, to, LITTLE);
            packed.lanewise(VectorOperators.LSHR, 4).and((short) 0x0f0f).intoMemorySegment(MEMORY, to + 32, LITTLE);
        }
    }

    /**
     * The eight 6-bit scales of Q4_K and Q5_K, a byte each: 0 to 3 in bytes 0 to 3, 4 to 7 with their low bits in bytes 8 to
     * 11 and their high bits atop bytes 0 to 3.
     */
    private static long scales(long at) {
        int first = MEMORY.get(INT, at);
        int last = MEMORY.get(INT, at + 8);
        long high = last & 0x0f0f0f0f | (first >>> 6 & 0x03030303) << 4;
        return high << 32 | first & 0x3f3f3f3f;
    }

    /** The eight minimums: 0 to 3 in bytes 4 to 7, 4 to 7 in the high nibbles of bytes 8 to 11 and atop bytes 4 to 7. */
    private static long mins(long at) {
        int first = MEMORY.get(INT, at + 4);
        int last = MEMORY.get(INT, at + 8);
        long high = last >>> 4 & 0x0f0f0f0f | (first >>> 6 & 0x03030303) << 4;
        return high << 32 | first & 0x3f3f3f3f;
    }

    private static void q6k(long src, long end, long out, long codes) {
        int by = one;
        for (; src < end; src += 210) {
            float d = half(src + 208);
            for (int part = 0; part < 2; part += by) {
                sixBits(src + 64 * part, src + 128 + 32 * part, codes + 128 * part);
            }
            for (int g = 0; g < 16; g += by, out += 64) {
                float scale = d * MEMORY.get(ValueLayout.JAVA_BYTE, src + 192 + g);
                spread(codes + 16 * g, 16, scale, -32 * scale, out);
            }
        }
    }

    /** Low nibbles in 2 × 32 bytes and high bits in 32 bytes to 4 × 32 codes. */
    private static void sixBits(long low, long high, long codes) {
        for (int side = 0; side < 32; side += SPAN, codes += SPAN) {
            ShortVector h = ShortVector.fromMemorySegment(PAIRS, MEMORY, high + side, LITTLE);
            ShortVector packed = ShortVector.fromMemorySegment(PAIRS, MEMORY, low + side, LITTLE);
            packed.and((short) 0x0f0f)
                    .or(h.lanewise(VectorOperators.LSHL, 4).and((short) 0x3030))
                    .intoMemorySegment(MEMORY, codes, LITTLE);
            packed.lanewise(VectorOperators.LSHR, 4)
                    .and((short) 0x0f0f)
                    .or(h.and((short) 0x3030))
                    .intoMemorySegment(MEMORY, codes + 64, LITTLE);
            packed = ShortVector.fromMemorySegment(PAIRS, MEMORY, low + 32 + side, LITTLE);
            packed.and((short) 0x0f0f)
                    .or(h.lanewise(VectorOperators.LSHL, 2).and((short) 0x3030))
                    .intoMemorySegment(MEMORY, codes + 32, LITTLE);
            packed.lanewise(VectorOperators.LSHR, 4)
                    .and((short) 0x0f0f)
                    .or(h.lanewise(VectorOperators.LSHR, 2).and((short) 0x3030))
                    .intoMemorySegment(MEMORY, codes + 96, LITTLE);
        }
    }
}
