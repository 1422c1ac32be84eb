package dev.jerboa.kernel.dtype;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Little-endian numbers at any address of a segment. */
final class Bytes {
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Bytes() {}

    static byte i8(MemorySegment src, long at) {
        return src.get(ValueLayout.JAVA_BYTE, at);
    }

    static int u8(MemorySegment src, long at) {
        return src.get(ValueLayout.JAVA_BYTE, at) & 0xff;
    }

    static int u16(MemorySegment src, long at) {
        return src.get(SHORT, at) & 0xffff;
    }

    static int i32(MemorySegment src, long at) {
        return src.get(INT, at);
    }

    static float f16(MemorySegment src, long at) {
        return Float.float16ToFloat(src.get(SHORT, at));
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
