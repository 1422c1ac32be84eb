package dev.jerboa.kernel.dtype;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.nio.ByteOrder;
import java.util.function.IntFunction;
import java.util.function.ToIntFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class SmallFloatsTest {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Test
    void everyBf16ComesBack() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = SmallFloats.bf16((short) bits);
            int back = SmallFloats.toBf16(value) & 0xffff;
            assertThat(back).isEqualTo(Float.isNaN(value) ? bits | 0x40 : bits);
        }
    }

    @Test
    void everyE4m3HasItsValueAndComesBack() {
        for (int code = 0; code < 256; code++) {
            float value = SmallFloats.e4m3((byte) code);
            int exponent = code >> 3 & 15;
            int mantissa = code & 7;
            double magnitude = exponent == 0 ? mantissa / 512.0 : (1 + mantissa / 8.0) * Math.pow(2, exponent - 7);
            if ((code & 0x7f) == 0x7f) {
                assertThat(value).isNaN();
            } else {
                assertThat(value).isEqualTo((float) ((code & 0x80) == 0 ? magnitude : -magnitude));
                assertThat(SmallFloats.toE4m3(value)).isEqualTo((byte) code);
            }
        }
        assertThat(SmallFloats.e4m3((byte) 0x7e)).isEqualTo(SmallFloats.E4M3_MAX);
        assertThat(SmallFloats.e4m3(SmallFloats.toE4m3(Float.NaN))).isNaN();
    }

    @Test
    void everyE5m2IsTheUpperHalfOfAHalf() {
        for (int code = 0; code < 256; code++) {
            float value = SmallFloats.e5m2((byte) code);
            assertThat(Float.compare(value, Float.float16ToFloat((short) (code << 8))))
                    .isZero();
            if (Float.isFinite(value)) {
                assertThat(SmallFloats.toE5m2(value)).isEqualTo((byte) code);
            }
        }
    }

    @Test
    void e8m0IsAPowerOfTwo() {
        for (int code = 0; code < 255; code++) {
            assertThat(SmallFloats.e8m0((byte) code)).isEqualTo((float) Math.pow(2, code - 127));
        }
        assertThat(SmallFloats.e8m0((byte) 255)).isNaN();
    }

    @Test
    void everyHalfDecodesAndComesBack() {
        java.lang.foreign.MemorySegment half = java.lang.foreign.MemorySegment.ofArray(new byte[2]);
        float[] value = new float[1];
        for (int bits = 0; bits < 1 << 16; bits++) {
            half.set(SHORT, 0, (short) bits);
            DType.F16.decode(half, 0, value, 0, 1);
            int exponent = bits >> 10 & 31;
            double magnitude =
                    exponent == 0 ? (bits & 1023) * 0x1p-24 : Math.scalb(1 + (bits & 1023) / 1024.0, exponent - 15);
            if (exponent != 31) {
                assertThat(value[0]).isEqualTo((float) (bits < 0x8000 ? magnitude : -magnitude));
                DType.F16.encode(value, 0, 1, half, 0);
                assertThat(half.get(SHORT, 0)).isEqualTo((short) bits);
            } else {
                assertThat(Float.isFinite(value[0])).isFalse();
            }
        }
    }

    @Test
    void tooLargeBecomesTheLargest() {
        assertThat(SmallFloats.e4m3(SmallFloats.toE4m3(1e9f))).isEqualTo(448);
        assertThat(SmallFloats.e4m3(SmallFloats.toE4m3(Float.NEGATIVE_INFINITY)))
                .isEqualTo(-448);
        assertThat(SmallFloats.e4m3(SmallFloats.toE4m3(447))).isEqualTo(448);
        assertThat(SmallFloats.e5m2(SmallFloats.toE5m2(60000))).isEqualTo(57344);
    }

    @Property(tries = 2000)
    void e4m3IsNearest(@ForAll float value) {
        float bounded = Math.clamp(value, -448, 448);
        nearest(bounded, SmallFloats.toE4m3(bounded), 256, code -> SmallFloats.e4m3((byte) code), code -> code & 0xff);
        float small = value * 0x1p-120f;
        nearest(small, SmallFloats.toE4m3(small), 256, code -> SmallFloats.e4m3((byte) code), code -> code & 0xff);
    }

    private static void nearest(
            float value, byte chosen, int codes, IntFunction<Float> decode, ToIntFunction<Byte> unsigned) {
        BigDecimal best = distance(value, decode.apply(unsigned.applyAsInt(chosen)));
        for (int code = 0; code < codes; code++) {
            float other = decode.apply(code);
            if (Float.isFinite(other)) {
                int order = distance(value, other).compareTo(best);
                assertThat(order)
                        .as("%s is nearer to %s than %s", other, value, chosen)
                        .isNotNegative();
                if (order == 0 && other != decode.apply(unsigned.applyAsInt(chosen))) {
                    assertThat(chosen & 1).as("tie of %s", value).isZero();
                }
            }
        }
    }

    private static BigDecimal distance(float a, float b) {
        return new BigDecimal(a).subtract(new BigDecimal(b)).abs();
    }

    @Test
    void unsignedSixtyFourBitsRoundOnce() {
        java.lang.foreign.MemorySegment number = java.lang.foreign.MemorySegment.ofArray(new byte[8]);
        float[] value = new float[1];
        for (long bits : new long[] {0, 1, -1, Long.MIN_VALUE, 0x8000008000000001L, 0x8000008000000000L, 1L << 62}) {
            number.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, bits);
            DType.U64.decode(number, 0, value, 0, 1);
            assertThat(value[0]).isEqualTo(new BigDecimal(Long.toUnsignedString(bits)).floatValue());
        }
    }
}
