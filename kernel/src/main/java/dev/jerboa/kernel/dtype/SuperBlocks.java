package dev.jerboa.kernel.dtype;

import static dev.jerboa.kernel.dtype.Bytes.f16;
import static dev.jerboa.kernel.dtype.Bytes.i8;
import static dev.jerboa.kernel.dtype.Bytes.u8;

/**
 * Decoders of the 256-value blocks with scales of scales (Q2_K … Q8_K) and of the ternary ones (TQ1_0, TQ2_0).
 * Layouts: ggml-common.h of the GGUF reference implementation.
 */
final class SuperBlocks {
    private SuperBlocks() {}

    /** 16 × (scale 4 bits, min 4 bits) · 64 bytes of 2-bit codes · d f16 · dmin f16; value = d·scale·code − dmin·min. */
    static void q2k(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 84, out += 256) {
            float d = f16(src, at + 80);
            float dmin = f16(src, at + 82);
            for (int g = 0; g < 16; g++) {
                int scale = u8(src, at + g);
                float dl = d * (scale & 15);
                float ml = dmin * (scale >> 4);
                int codes = at + 16 + 32 * (g >> 3) + 16 * (g & 1);
                int shift = g & 6;
                for (int j = 0; j < 16; j++) {
                    dst[out + 16 * g + j] = dl * (u8(src, codes + j) >> shift & 3) - ml;
                }
            }
        }
    }

    /** 32 bytes of third bits · 64 bytes of low 2 bits · 16 scales of 6 bits in 12 bytes · d f16; value = d·(scale − 32)·(code − 4). */
    static void q3k(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 110, out += 256) {
            float d = f16(src, at + 108);
            for (int g = 0; g < 16; g++) {
                float dl = d * (q3kScale(src, at + 96, g) - 32);
                int codes = at + 32 + 32 * (g >> 3) + 16 * (g & 1);
                int high = at + 16 * (g & 1);
                int shift = g & 6;
                int bit = g >> 1;
                for (int j = 0; j < 16; j++) {
                    int code = u8(src, codes + j) >> shift & 3 | (u8(src, high + j) >> bit & 1) << 2;
                    dst[out + 16 * g + j] = dl * (code - 4);
                }
            }
        }
    }

    /** Scale {@code g} of Q3_K: low 4 bits in bytes 0–7 (nibble g / 8), high 2 bits in bytes 8–11 (pair g / 4). */
    static int q3kScale(byte[] src, int at, int g) {
        int low = u8(src, at + (g & 7)) >> 4 * (g >> 3) & 15;
        int high = u8(src, at + 8 + (g & 3)) >> 2 * (g >> 2) & 3;
        return low | high << 4;
    }

    /** d f16 · dmin f16 · 8 × (scale, min) of 6 bits in 12 bytes · 128 bytes of 4-bit codes; value = d·scale·code − dmin·min. */
    static void q4k(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 144, out += 256) {
            float d = f16(src, at);
            float dmin = f16(src, at + 2);
            for (int g = 0; g < 8; g++) {
                float dl = d * scale(src, at + 4, g);
                float ml = dmin * min(src, at + 4, g);
                int codes = at + 16 + 32 * (g >> 1);
                int shift = 4 * (g & 1);
                for (int j = 0; j < 32; j++) {
                    dst[out + 32 * g + j] = dl * (u8(src, codes + j) >> shift & 15) - ml;
                }
            }
        }
    }

    /** As Q4_K with 32 bytes of fifth bits between scales and codes. */
    static void q5k(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 176, out += 256) {
            float d = f16(src, at);
            float dmin = f16(src, at + 2);
            for (int g = 0; g < 8; g++) {
                float dl = d * scale(src, at + 4, g);
                float ml = dmin * min(src, at + 4, g);
                int codes = at + 48 + 32 * (g >> 1);
                int shift = 4 * (g & 1);
                for (int j = 0; j < 32; j++) {
                    int code = u8(src, codes + j) >> shift & 15 | (u8(src, at + 16 + j) >> g & 1) << 4;
                    dst[out + 32 * g + j] = dl * code - ml;
                }
            }
        }
    }

    /** The 6-bit scale {@code g} of Q4_K and Q5_K: whole in byte g for g &lt; 4, else low bits in byte g + 4, high bits atop byte g − 4. */
    static int scale(byte[] src, int at, int g) {
        return g < 4 ? u8(src, at + g) & 63 : u8(src, at + g + 4) & 15 | u8(src, at + g - 4) >> 6 << 4;
    }

    /** The 6-bit minimum {@code g} of Q4_K and Q5_K: whole in byte g + 4 for g &lt; 4, else low bits in byte g + 4, high bits atop byte g. */
    static int min(byte[] src, int at, int g) {
        return g < 4 ? u8(src, at + g + 4) & 63 : u8(src, at + g + 4) >> 4 | u8(src, at + g) >> 6 << 4;
    }

    /** 128 bytes of low 4 bits · 64 bytes of high 2 bits · 16 signed scales · d f16; value = d·scale·(code − 32). */
    static void q6k(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 210, out += 256) {
            float d = f16(src, at + 208);
            for (int g = 0; g < 16; g++) {
                float dl = d * i8(src, at + 192 + g);
                int part = g >> 1 & 3;
                int low = at + 64 * (g >> 3) + 32 * (part & 1) + 16 * (g & 1);
                int high = at + 128 + 32 * (g >> 3) + 16 * (g & 1);
                int lowShift = 4 * (part >> 1);
                for (int j = 0; j < 16; j++) {
                    int code = u8(src, low + j) >> lowShift & 15 | (u8(src, high + j) >> 2 * part & 3) << 4;
                    dst[out + 16 * g + j] = dl * (code - 32);
                }
            }
        }
    }

    /** d f32 · 256 signed bytes · 16 sums of 16 codes (16 bits each); value = d · code. */
    static void q8k(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 292, out += 256) {
            float d = Float.intBitsToFloat(Bytes.i32(src, at));
            for (int j = 0; j < 256; j++) {
                dst[out + j] = d * i8(src, at + 4 + j);
            }
        }
    }

    /**
     * 48 bytes of five ternary digits each, 4 bytes of four, d f16; value = d · (digit − 1). A byte holds its number of
     * base 3 as a fraction of 256, rounded up: multiplied by 3^n, the carry out of the byte is digit n.
     */
    static void tq1(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 54, out += 256) {
            float d = f16(src, at + 52);
            ternary(src, at, 32, 5, d, dst, out);
            ternary(src, at + 32, 16, 5, d, dst, out + 160);
            ternary(src, at + 48, 4, 4, d, dst, out + 240);
        }
    }

    private static void ternary(byte[] src, int at, int bytes, int digits, float d, float[] dst, int out) {
        int power = 1;
        for (int n = 0; n < digits; n++, power *= 3) {
            for (int j = 0; j < bytes; j++) {
                int fraction = u8(src, at + j) * power & 0xff;
                dst[out + n * bytes + j] = d * ((fraction * 3 >> 8) - 1);
            }
        }
    }

    /** 64 bytes of four 2-bit codes each · d f16; value = d · (code − 1). */
    static void tq2(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 66, out += 256) {
            float d = f16(src, at + 64);
            for (int i = 0; i < 256; i++) {
                int code = u8(src, at + 32 * (i >> 7) + (i & 31)) >> 2 * (i >> 5 & 3) & 3;
                dst[out + i] = d * (code - 1);
            }
        }
    }
}
