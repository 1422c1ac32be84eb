package dev.jerboa.kernel.dtype;

import static dev.jerboa.kernel.dtype.Bytes.FLOAT;
import static dev.jerboa.kernel.dtype.Bytes.i32;
import static dev.jerboa.kernel.dtype.Bytes.i8;
import static dev.jerboa.kernel.dtype.Bytes.u16;
import static dev.jerboa.kernel.dtype.Bytes.u8;

import java.lang.foreign.MemorySegment;

/** Formats without scales: one number after the other. */
final class Plain {
    private Plain() {}

    static void f32(byte[] src, int at, float[] dst, int out, int count) {
        MemorySegment.copy(MemorySegment.ofArray(src), FLOAT, at, dst, out, count);
    }

    static void f64(byte[] src, int at, float[] dst, int out, int count) {
        for (int i = 0; i < count; i++) {
            dst[out + i] = (float) Bytes.f64(src, at + 8 * i);
        }
    }

    static void f16(byte[] src, int at, float[] dst, int out, int count) {
        for (int i = 0; i < count; i++) {
            dst[out + i] = Float.float16ToFloat((short) u16(src, at + 2 * i));
        }
    }

    static void bf16(byte[] src, int at, float[] dst, int out, int count) {
        for (int i = 0; i < count; i++) {
            dst[out + i] = SmallFloats.bf16((short) u16(src, at + 2 * i));
        }
    }

    static void e4m3(byte[] src, int at, float[] dst, int out, int count) {
        for (int i = 0; i < count; i++) {
            dst[out + i] = SmallFloats.e4m3(i8(src, at + i));
        }
    }

    static void e5m2(byte[] src, int at, float[] dst, int out, int count) {
        for (int i = 0; i < count; i++) {
            dst[out + i] = SmallFloats.e5m2(i8(src, at + i));
        }
    }

    static void e8m0(byte[] src, int at, float[] dst, int out, int count) {
        for (int i = 0; i < count; i++) {
            dst[out + i] = SmallFloats.e8m0(i8(src, at + i));
        }
    }

    static void e2m1(byte[] src, int at, float[] dst, int out, int bytes) {
        for (int i = 0; i < bytes; i++) {
            int codes = u8(src, at + i);
            dst[out + 2 * i] = SmallFloats.e2m1(codes);
            dst[out + 2 * i + 1] = SmallFloats.e2m1(codes >> 4);
        }
    }

    static void i8s(byte[] src, int at, float[] dst, int out, int count) {
        for (int i = 0; i < count; i++) {
            dst[out + i] = i8(src, at + i);
        }
    }

    static void u8s(byte[] src, int at, float[] dst, int out, int count) {
        for (int i = 0; i < count; i++) {
            dst[out + i] = u8(src, at + i);
        }
    }

    static void bools(byte[] src, int at, float[] dst, int out, int count) {
        for (int i = 0; i < count; i++) {
            dst[out + i] = i8(src, at + i) == 0 ? 0 : 1;
        }
    }

    static void i16s(byte[] src, int at, float[] dst, int out, int count) {
        for (int i = 0; i < count; i++) {
            dst[out + i] = (short) u16(src, at + 2 * i);
        }
    }

    static void u16s(byte[] src, int at, float[] dst, int out, int count) {
        for (int i = 0; i < count; i++) {
            dst[out + i] = u16(src, at + 2 * i);
        }
    }

    static void i32s(byte[] src, int at, float[] dst, int out, int count) {
        for (int i = 0; i < count; i++) {
            dst[out + i] = (float) i32(src, at + 4 * i);
        }
    }

    static void u32s(byte[] src, int at, float[] dst, int out, int count) {
        for (int i = 0; i < count; i++) {
            dst[out + i] = (float) (i32(src, at + 4 * i) & 0xffffffffL);
        }
    }

    static void i64s(byte[] src, int at, float[] dst, int out, int count) {
        for (int i = 0; i < count; i++) {
            dst[out + i] = (float) Bytes.i64(src, at + 8 * i);
        }
    }

    static void u64s(byte[] src, int at, float[] dst, int out, int count) {
        for (int i = 0; i < count; i++) {
            long value = Bytes.i64(src, at + 8 * i);
            // Above 2^63: half of it, the lost bit kept as a sticky bit so that rounding to float stays right.
            dst[out + i] = value >= 0 ? (float) value : 2 * (float) (value >>> 1 | value & 1);
        }
    }

    static void putF32(float[] src, int from, byte[] dst, int at, int count) {
        MemorySegment.copy(src, from, MemorySegment.ofArray(dst), FLOAT, at, count);
    }

    static void putF16(float[] src, int from, byte[] dst, int at, int count) {
        for (int i = 0; i < count; i++) {
            Bytes.put16(dst, at + 2 * i, Float.floatToFloat16(src[from + i]));
        }
    }

    static void putBf16(float[] src, int from, byte[] dst, int at, int count) {
        for (int i = 0; i < count; i++) {
            Bytes.put16(dst, at + 2 * i, SmallFloats.toBf16(src[from + i]));
        }
    }

    static void putE4m3(float[] src, int from, byte[] dst, int at, int count) {
        for (int i = 0; i < count; i++) {
            dst[at + i] = SmallFloats.toE4m3(src[from + i]);
        }
    }
}
