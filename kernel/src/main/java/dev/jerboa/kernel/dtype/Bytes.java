package dev.jerboa.kernel.dtype;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Little-endian numbers in arrays, which the first compiler makes fast code for. */
final class Bytes {
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Bytes() {}

    static byte i8(byte[] src, int at) {
        return src[at];
    }

    static int u8(byte[] src, int at) {
        return src[at] & 0xff;
    }

    static int u16(byte[] src, int at) {
        return src[at] & 0xff | (src[at + 1] & 0xff) << 8;
    }

    static int i32(byte[] src, int at) {
        return u16(src, at) | u16(src, at + 2) << 16;
    }

    static long i64(byte[] src, int at) {
        return i32(src, at) & 0xffff_ffffL | (long) i32(src, at + 4) << 32;
    }

    static double f64(byte[] src, int at) {
        return Double.longBitsToDouble(i64(src, at));
    }

    static float f16(byte[] src, int at) {
        return Float.float16ToFloat((short) u16(src, at));
    }

    static void put8(byte[] dst, int at, int value) {
        dst[at] = (byte) value;
    }

    static void put16(byte[] dst, int at, int value) {
        dst[at] = (byte) value;
        dst[at + 1] = (byte) (value >> 8);
    }

    static void put32(byte[] dst, int at, int value) {
        put16(dst, at, value);
        put16(dst, at + 2, value >> 16);
    }

    /** Writes {@code value} as binary16 and returns what a reader will see. */
    static float putF16(byte[] dst, int at, float value) {
        short half = Float.floatToFloat16(value);
        put16(dst, at, half);
        return Float.float16ToFloat(half);
    }
}
