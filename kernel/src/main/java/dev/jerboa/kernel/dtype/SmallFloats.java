package dev.jerboa.kernel.dtype;

/**
 * Floating-point numbers of 16 bits and less, to and from float32. Every encoding rounds to nearest, ties to even.
 *
 * <p>Sources: bfloat16 is the upper half of IEEE 754 binary32; E4M3 and E5M2 follow the OCP 8-bit Floating Point
 * Specification (OFP8) 1.0; E8M0 and E2M1 the OCP Microscaling Formats (MX) Specification 1.0. IEEE binary16 is
 * {@link Float#float16ToFloat} and {@link Float#floatToFloat16}.
 */
public final class SmallFloats {
    /** The largest finite E4M3 number. */
    public static final float E4M3_MAX = 448;

    /** The largest finite E5M2 number. */
    public static final float E5M2_MAX = 57344;

    private static final float[] E4M3 = table(4, 3);
    private static final float[] E5M2 = table(5, 2);
    private static final float[] E2M1 = {0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6};

    static {
        E4M3[0x7f] = Float.NaN;
        E4M3[0xff] = Float.NaN;
        for (int code = 0x7c; code < 0x80; code++) {
            float value = code == 0x7c ? Float.POSITIVE_INFINITY : Float.NaN;
            E5M2[code] = value;
            E5M2[code | 0x80] = -value;
        }
    }

    private SmallFloats() {}

    /** The value of a bfloat16. */
    public static float bf16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** The nearest bfloat16; a NaN stays a (quiet) NaN of the same sign. */
    public static short toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    /** The value of an FP8 E4M3 ("fn": no infinities, 0x7f and 0xff are NaN). */
    public static float e4m3(byte code) {
        return E4M3[code & 0xff];
    }

    /** The nearest E4M3; what is too large, infinities included, becomes ±448, NaN stays NaN. */
    public static byte toE4m3(float value) {
        return encode(value, 3, -6, E4M3_MAX, 0x7e, 0x7f);
    }

    /** The value of an FP8 E5M2 (infinities and NaNs as in IEEE 754). */
    public static float e5m2(byte code) {
        return E5M2[code & 0xff];
    }

    /** The nearest E5M2; what is too large, infinities included, becomes ±57344, NaN stays NaN. */
    public static byte toE5m2(float value) {
        return encode(value, 2, -14, E5M2_MAX, 0x7b, 0x7f);
    }

    /** The value of an E8M0 scale: 2^(code − 127); 0xff is NaN. */
    public static float e8m0(byte code) {
        int exponent = code & 0xff;
        if (exponent == 0xff) {
            return Float.NaN;
        }
        return exponent == 0 ? 0x1p-127f : Float.intBitsToFloat(exponent << 23);
    }

    /** The value of a 4-bit E2M1 number: 0 to 6, the sign in bit 3. */
    public static float e2m1(int nibble) {
        return E2M1[nibble & 15];
    }

    private static float[] table(int exponentBits, int mantissaBits) {
        float[] values = new float[256];
        int bias = (1 << exponentBits - 1) - 1;
        for (int code = 0; code < 256; code++) {
            int exponent = code >> mantissaBits & (1 << exponentBits) - 1;
            int mantissa = code & (1 << mantissaBits) - 1;
            int significand = exponent == 0 ? mantissa : mantissa | 1 << mantissaBits;
            float value = Math.scalb((float) significand, Math.max(exponent, 1) - bias - mantissaBits);
            values[code] = code < 128 ? value : -value;
        }
        return values;
    }

    private static byte encode(float value, int mantissaBits, int minExponent, float max, int maxCode, int nanCode) {
        int sign = Float.floatToRawIntBits(value) >>> 24 & 0x80;
        if (Float.isNaN(value)) {
            return (byte) (sign | nanCode);
        }
        float magnitude = Math.abs(value);
        if (magnitude >= max) {
            return (byte) (sign | maxCode);
        }
        int exponent = Math.max(Math.getExponent(magnitude), minExponent);
        // The product is exact: a power of two, and the smallest magnitudes that round to something are far from
        // float32's own subnormals. A carry into the next exponent is right by itself in the sum below.
        int steps = (int) Math.rint((double) magnitude * Math.scalb(1.0, mantissaBits - exponent));
        return (byte) (sign | Math.min((exponent - minExponent << mantissaBits) + steps, maxCode));
    }
}
