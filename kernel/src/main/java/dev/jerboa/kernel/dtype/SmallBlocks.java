package dev.jerboa.kernel.dtype;

import static dev.jerboa.kernel.dtype.Bytes.f16;
import static dev.jerboa.kernel.dtype.Bytes.i32;
import static dev.jerboa.kernel.dtype.Bytes.i8;
import static dev.jerboa.kernel.dtype.Bytes.u8;

/**
 * Decoders of the blocks with one level of scales. A block of 4-bit codes keeps value j in the low and value j + half
 * in the high nibble of byte j. Layouts: ggml-common.h of the GGUF reference implementation.
 */
final class SmallBlocks {
    /** The 16 levels of IQ4_NL and IQ4_XS. */
    private static final byte[] NON_LINEAR = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    /** Nearest levels by {@link #border}. */
    private static final byte[] NEAREST = nearest();

    private static final float[] NEAREST_LEVELS = new float[NEAREST.length];

    static {
        for (int i = 0; i < NEAREST.length; i++) {
            NEAREST_LEVELS[i] = NON_LINEAR[NEAREST[i]];
        }
    }

    private SmallBlocks() {}

    static float nonLinear(int nibble) {
        return NON_LINEAR[nibble & 15];
    }

    /** The number of the level nearest to {@code value}; the lower one of two. */
    static int nearestNonLinear(float value) {
        return NEAREST[border(value)];
    }

    /** The level nearest to {@code value}. */
    static float nearestLevel(float value) {
        return NEAREST_LEVELS[border(value)];
    }

    /** The ceiling of twice the value, from −256 up: borders between levels are halves. */
    private static int border(float value) {
        float twice = 2 * value;
        int whole = Math.min(Math.max((int) twice, -256), 254);
        return 256 + (twice > whole ? whole + 1 : whole);
    }

    private static byte[] nearest() {
        byte[] nearest = new byte[512];
        for (int twice = -256; twice < 256; twice++) {
            int code = 0;
            while (code < 15 && twice > NON_LINEAR[code] + NON_LINEAR[code + 1]) {
                code++;
            }
            nearest[twice + 256] = (byte) code;
        }
        return nearest;
    }

    /** d f16 · 16 bytes of codes; value = d · (code − 8). */
    static void q4Zero(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 18, out += 32) {
            float d = f16(src, at);
            for (int j = 0; j < 16; j++) {
                int codes = u8(src, at + 2 + j);
                dst[out + j] = d * ((codes & 15) - 8);
                dst[out + j + 16] = d * ((codes >> 4) - 8);
            }
        }
    }

    /** d f16 · m f16 · 16 bytes of codes; value = d · code + m. */
    static void q4One(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 20, out += 32) {
            float d = f16(src, at);
            float m = f16(src, at + 2);
            for (int j = 0; j < 16; j++) {
                int codes = u8(src, at + 4 + j);
                dst[out + j] = d * (codes & 15) + m;
                dst[out + j + 16] = d * (codes >> 4) + m;
            }
        }
    }

    /** d f16 · 32 fifth bits · 16 bytes of low bits; value = d · (code − 16). */
    static void q5Zero(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 22, out += 32) {
            float d = f16(src, at);
            int high = i32(src, at + 2);
            for (int j = 0; j < 16; j++) {
                int codes = u8(src, at + 6 + j);
                dst[out + j] = d * ((codes & 15 | (high >>> j & 1) << 4) - 16);
                dst[out + j + 16] = d * ((codes >> 4 | (high >>> j + 16 & 1) << 4) - 16);
            }
        }
    }

    /** d f16 · m f16 · 32 fifth bits · 16 bytes of low bits; value = d · code + m. */
    static void q5One(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 24, out += 32) {
            float d = f16(src, at);
            float m = f16(src, at + 2);
            int high = i32(src, at + 4);
            for (int j = 0; j < 16; j++) {
                int codes = u8(src, at + 8 + j);
                dst[out + j] = d * (codes & 15 | (high >>> j & 1) << 4) + m;
                dst[out + j + 16] = d * (codes >> 4 | (high >>> j + 16 & 1) << 4) + m;
            }
        }
    }

    /** d f16 · 32 signed bytes; value = d · code. */
    static void q8Zero(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 34, out += 32) {
            float d = f16(src, at);
            for (int j = 0; j < 32; j++) {
                dst[out + j] = d * i8(src, at + 2 + j);
            }
        }
    }

    /** d f16 · d × sum of the codes f16 · 32 signed bytes; value = d · code. */
    static void q8One(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 36, out += 32) {
            float d = f16(src, at);
            for (int j = 0; j < 32; j++) {
                dst[out + j] = d * i8(src, at + 4 + j);
            }
        }
    }

    /** d f16 · 128 sign bits, lowest first; value = d where set, else −d. */
    static void q1Zero(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 18, out += 128) {
            float d = f16(src, at);
            for (int j = 0; j < 128; j++) {
                dst[out + j] = (u8(src, at + 2 + (j >> 3)) >> (j & 7) & 1) == 0 ? -d : d;
            }
        }
    }

    /** d f16 · 64 codes of 2 bits, lowest first; value = d · (code − 1). */
    static void q2Zero(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 18, out += 64) {
            float d = f16(src, at);
            for (int j = 0; j < 64; j++) {
                dst[out + j] = d * ((u8(src, at + 2 + (j >> 2)) >> 2 * (j & 3) & 3) - 1);
            }
        }
    }

    /** d f16 · 16 bytes of codes; value = d · level[code]. */
    static void iq4Nl(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 18, out += 32) {
            float d = f16(src, at);
            for (int j = 0; j < 16; j++) {
                int codes = u8(src, at + 2 + j);
                dst[out + j] = d * nonLinear(codes);
                dst[out + j + 16] = d * nonLinear(codes >> 4);
            }
        }
    }

    /**
     * d f16 · high 2 bits of 8 scales (16 bits) · low 4 bits of 8 scales · 8 groups of 16 bytes of codes;
     * value = d · (scale − 32) · level[code].
     */
    static void iq4Xs(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 136, out += 256) {
            float d = f16(src, at);
            int high = Bytes.u16(src, at + 2);
            for (int g = 0; g < 8; g++) {
                int scale = u8(src, at + 4 + (g >> 1)) >> 4 * (g & 1) & 15 | (high >> 2 * g & 3) << 4;
                float dl = d * (scale - 32);
                for (int j = 0; j < 16; j++) {
                    int codes = u8(src, at + 8 + 16 * g + j);
                    dst[out + 32 * g + j] = dl * nonLinear(codes);
                    dst[out + 32 * g + j + 16] = dl * nonLinear(codes >> 4);
                }
            }
        }
    }

    /** Scale E8M0 · 16 bytes of E2M1 codes (OCP MX 1.0, in GGUF's order of nibbles). */
    static void mxfp4(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 17, out += 32) {
            float d = SmallFloats.e8m0(i8(src, at));
            for (int j = 0; j < 16; j++) {
                int codes = u8(src, at + 1 + j);
                dst[out + j] = d * SmallFloats.e2m1(codes);
                dst[out + j + 16] = d * SmallFloats.e2m1(codes >> 4);
            }
        }
    }

    /** 4 scales UE4M3 · 4 groups of 8 bytes of E2M1 codes: value j of a group low, value j + 8 high. */
    static void nvfp4(byte[] src, int at, float[] dst, int out, int blocks) {
        for (int b = 0; b < blocks; b++, at += 36, out += 64) {
            for (int g = 0; g < 4; g++) {
                float d = unsignedE4m3(u8(src, at + g));
                for (int j = 0; j < 8; j++) {
                    int codes = u8(src, at + 4 + 8 * g + j);
                    dst[out + 16 * g + j] = d * SmallFloats.e2m1(codes);
                    dst[out + 16 * g + j + 8] = d * SmallFloats.e2m1(codes >> 4);
                }
            }
        }
    }

    /** NVFP4's scale: E4M3 of which the sign bit is ignored and the NaN code means 0. */
    private static float unsignedE4m3(int code) {
        int magnitude = code & 0x7f;
        return magnitude == 0x7f ? 0 : SmallFloats.e4m3((byte) magnitude);
    }
}
