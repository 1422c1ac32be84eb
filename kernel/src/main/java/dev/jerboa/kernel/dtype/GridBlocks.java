package dev.jerboa.kernel.dtype;

import static dev.jerboa.kernel.dtype.Bytes.f16;
import static dev.jerboa.kernel.dtype.Bytes.i32;
import static dev.jerboa.kernel.dtype.Bytes.u16;
import static dev.jerboa.kernel.dtype.Bytes.u8;

/**
 * Decoders of the 256-value blocks whose codes number points of a fixed grid ({@link Grid}), eight or four values a
 * point (IQ1_S … IQ3_S). Layouts: ggml-common.h of the GGUF reference implementation.
 */
final class GridBlocks {
    /** IQ1: every value is shifted by ± this much of its scale. */
    private static final float DELTA = 0.125f;

    private GridBlocks() {}

    /** d f16 · 8 × (4 codes of 8 bits, 4 × 7 sign bits, scale 4 bits). */
    static void iq2Xxs(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 66, out += 256) {
            float d = f16(src, at);
            for (int g = 0; g < 8; g++) {
                int signs = i32(src, at + 2 + 8 * g + 4);
                float db = d * (0.5f + (signs >>> 28)) * 0.25f;
                for (int p = 0; p < 4; p++) {
                    int code = u8(src, at + 2 + 8 * g + p);
                    Grid.IQ2_XXS.put(code, db, evenSigns(signs >>> 7 * p), dst, out + 32 * g + 8 * p);
                }
            }
        }
    }

    /** d f16 · 32 × (code 9 bits, 7 sign bits) · 16 scales of 4 bits. */
    static void iq2Xs(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 74, out += 256) {
            float d = f16(src, at);
            for (int p = 0; p < 32; p++) {
                int code = u16(src, at + 2 + 2 * p);
                float db = d * (0.5f + nibble(src, at + 66, p >> 1)) * 0.25f;
                Grid.IQ2_XS.put(code & 511, db, evenSigns(code >>> 9), dst, out + 8 * p);
            }
        }
    }

    /** d f16 · 32 low 8 bits of codes · 32 bytes of signs · 32 high 2 bits of codes · 16 scales of 4 bits. */
    static void iq2S(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 82, out += 256) {
            float d = f16(src, at);
            for (int p = 0; p < 32; p++) {
                int code = u8(src, at + 2 + p) | (u8(src, at + 66 + (p >> 2)) >> 2 * (p & 3) & 3) << 8;
                float db = d * (0.5f + nibble(src, at + 74, p >> 1)) * 0.25f;
                Grid.IQ2_S.put(code, db, u8(src, at + 34 + p), dst, out + 8 * p);
            }
        }
    }

    /** d f16 · 64 codes of 8 bits, four values each · 8 × (4 × 7 sign bits, scale 4 bits). */
    static void iq3Xxs(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 98, out += 256) {
            float d = f16(src, at);
            for (int g = 0; g < 8; g++) {
                int signs = i32(src, at + 66 + 4 * g);
                float db = d * (0.5f + (signs >>> 28)) * 0.5f;
                for (int p = 0; p < 8; p++) {
                    int four = evenSigns(signs >>> 7 * (p >> 1)) >> 4 * (p & 1);
                    Grid.IQ3_XXS.put(u8(src, at + 2 + 8 * g + p), db, four, dst, out + 32 * g + 4 * p);
                }
            }
        }
    }

    /** d f16 · 64 low 8 bits of codes · 64 ninth bits · 32 bytes of signs · 8 scales of 4 bits. */
    static void iq3S(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 110, out += 256) {
            float d = f16(src, at);
            for (int p = 0; p < 64; p++) {
                int code = u8(src, at + 2 + p) | (u8(src, at + 66 + (p >> 3)) >> (p & 7) & 1) << 8;
                float db = d * (1 + 2 * nibble(src, at + 106, p >> 3));
                int four = u8(src, at + 74 + (p >> 1)) >> 4 * (p & 1);
                Grid.IQ3_S.put(code, db, four, dst, out + 4 * p);
            }
        }
    }

    /** d f16 · 32 low 8 bits of codes · 8 × (4 × 3 high bits of codes, scale 3 bits, sign of the shift). */
    static void iq1S(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 50, out += 256) {
            float d = f16(src, at);
            for (int g = 0; g < 8; g++) {
                int high = u16(src, at + 34 + 2 * g);
                float dl = d * (2 * (high >> 12 & 7) + 1);
                float delta = (high & 0x8000) == 0 ? DELTA : -DELTA;
                for (int p = 0; p < 4; p++) {
                    int code = u8(src, at + 2 + 4 * g + p) | (high >> 3 * p & 7) << 8;
                    Grid.IQ1.putShifted(code, dl, delta, dst, out + 32 * g + 8 * p);
                }
            }
        }
    }

    /**
     * 32 low 8 bits of codes · 32 × (3 high bits of codes, sign of the shift) · 4 × (4 scales of 3 bits, 4 bits of d f16).
     */
    static void iq1M(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 56, out += 256) {
            int half = 0;
            for (int i = 0; i < 4; i++) {
                half |= u16(src, at + 48 + 2 * i) >> 12 << 4 * i;
            }
            float d = Float.float16ToFloat((short) half);
            for (int p = 0; p < 32; p++) {
                int scales = u16(src, at + 48 + 2 * (p >> 3));
                float dl = d * (2 * (scales >> 3 * (p >> 1 & 3) & 7) + 1);
                int high = nibble(src, at + 32, p);
                int code = u8(src, at + p) | (high & 7) << 8;
                Grid.IQ1.putShifted(code, dl, (high & 8) == 0 ? DELTA : -DELTA, dst, out + 8 * p);
            }
        }
    }

    /** Eight signs from seven bits: the eighth makes the number of minus signs even. */
    private static int evenSigns(int bits) {
        int seven = bits & 127;
        return seven | (Integer.bitCount(seven) & 1) << 7;
    }

    private static int nibble(byte[] src, int at, int index) {
        return u8(src, at + (index >> 1)) >> 4 * (index & 1) & 15;
    }
}
