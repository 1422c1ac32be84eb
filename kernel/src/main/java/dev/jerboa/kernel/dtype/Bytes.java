package dev.jerboa.kernel.dtype;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Little-endian numbers: read from arrays, which the first compiler makes fast code for, and written to segments. */
final class Bytes {
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

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

    static void put8(MemorySegment dst, long at, int value) {
        dst.set(ValueLayout.JAVA_BYTE, at, (byte) value);
    }

    static void put16(MemorySegment dst, long at, int value) {
        dst.set(SHORT, at, (short) value);
    }

    static void put32(MemorySegment dst, long at, int value) {
        dst.set(INT, at, value);
    }

    /** Writes {@code value} as binary16 and returns what a reader will see. */
    static float putF16(MemorySegment dst, long at, float value) {
        short half = Float.floatToFloat16(value);
        dst.set(SHORT, at, half);
        return Float.float16ToFloat(half);
    }
}
