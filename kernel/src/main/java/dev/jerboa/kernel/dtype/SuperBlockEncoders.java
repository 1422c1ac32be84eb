package dev.jerboa.kernel.dtype;

import static dev.jerboa.kernel.dtype.Bytes.put8;
import static dev.jerboa.kernel.dtype.Bytes.putF16;

import java.lang.foreign.MemorySegment;

/**
 * Encoders of Q2_K … Q6_K: each group's scale (and minimum) is searched for the least weighted squared error
 * ({@link ScaleSearch}), then the group scales are themselves rounded to the block's, and the codes chosen last, against
 * exactly what a reader will compute.
 *
 * <p>Values are expected to be finite; a block with others decodes to something unspecified.
 */
final class SuperBlockEncoders {
    private SuperBlockEncoders() {}

    static void q2k(float[] src, int from, MemorySegment dst, long at, int blocks) {
        Affine affine = new Affine(16, 16, 3, 15);
        for (int b = 0; b < blocks; b++, at += 84, from += 256) {
            affine.fit(src, from, dst, at + 80, at + 82);
            for (int g = 0; g < 16; g++) {
                put8(dst, at + g, affine.scales[g] | affine.mins[g] << 4);
            }
            for (int i = 0; i < 64; i++) {
                int first = 128 * (i >> 5) + (i & 31);
                int[] codes = affine.codes;
                put8(
                        dst,
                        at + 16 + i,
                        codes[first] | codes[first + 32] << 2 | codes[first + 64] << 4 | codes[first + 96] << 6);
            }
        }
    }

    static void q4k(float[] src, int from, MemorySegment dst, long at, int blocks) {
        Affine affine = new Affine(8, 32, 15, 63);
        for (int b = 0; b < blocks; b++, at += 144, from += 256) {
            affine.fit(src, from, dst, at, at + 2);
            affine.putPairs(dst, at + 4);
            affine.putNibbles(dst, at + 16);
        }
    }

    static void q5k(float[] src, int from, MemorySegment dst, long at, int blocks) {
        Affine affine = new Affine(8, 32, 31, 63);
        for (int b = 0; b < blocks; b++, at += 176, from += 256) {
            affine.fit(src, from, dst, at, at + 2);
            affine.putPairs(dst, at + 4);
            affine.putNibbles(dst, at + 48);
            for (int j = 0; j < 32; j++) {
                int fifth = 0;
                for (int g = 0; g < 8; g++) {
                    fifth |= affine.codes[32 * g + j] >> 4 << g;
                }
                put8(dst, at + 16 + j, fifth);
            }
        }
    }

    static void q3k(float[] src, int from, MemorySegment dst, long at, int blocks) {
        int[] scales = new int[16];
        int[] codes = new int[256];
        for (int b = 0; b < blocks; b++, at += 110, from += 256) {
            symmetric(src, from, 4, 32, dst, at + 108, scales, codes);
            for (int g = 0; g < 8; g++) {
                put8(dst, at + 96 + g, scales[g] + 32 & 15 | (scales[g + 8] + 32 & 15) << 4);
            }
            for (int g = 0; g < 4; g++) {
                int high = 0;
                for (int part = 0; part < 4; part++) {
                    high |= scales[4 * part + g] + 32 >> 4 << 2 * part;
                }
                put8(dst, at + 104 + g, high);
            }
            for (int i = 0; i < 64; i++) {
                int first = 128 * (i >> 5) + (i & 31);
                put8(
                        dst,
                        at + 32 + i,
                        codes[first] & 3
                                | (codes[first + 32] & 3) << 2
                                | (codes[first + 64] & 3) << 4
                                | (codes[first + 96] & 3) << 6);
            }
            for (int j = 0; j < 32; j++) {
                int third = 0;
                for (int g = 0; g < 8; g++) {
                    third |= codes[32 * g + j] >> 2 << g;
                }
                put8(dst, at + j, third);
            }
        }
    }

    static void q6k(float[] src, int from, MemorySegment dst, long at, int blocks) {
        int[] scales = new int[16];
        int[] codes = new int[256];
        for (int b = 0; b < blocks; b++, at += 210, from += 256) {
            symmetric(src, from, 32, 128, dst, at + 208, scales, codes);
            for (int g = 0; g < 16; g++) {
                put8(dst, at + 192 + g, scales[g]);
            }
            for (int half = 0; half < 2; half++) {
                for (int j = 0; j < 64; j++) {
                    int first = 128 * half + j;
                    put8(dst, at + 64 * half + j, codes[first] & 15 | (codes[first + 64] & 15) << 4);
                }
                for (int j = 0; j < 32; j++) {
                    int first = 128 * half + j;
                    int high = codes[first] >> 4
                            | codes[first + 32] >> 4 << 2
                            | codes[first + 64] >> 4 << 4
                            | codes[first + 96] >> 4 << 6;
                    put8(dst, at + 128 + 32 * half + j, high);
                }
            }
        }
    }

    /**
     * Fits 16 groups of 16 values as d · scale · (code − {@code centre}) with scales in −{@code scaleCentre} to
     * scaleCentre − 1, and writes d.
     */
    private static void symmetric(
            float[] src,
            int from,
            int centre,
            int scaleCentre,
            MemorySegment dst,
            long dAt,
            int[] scales,
            int[] codes) {
        float[] wanted = new float[16];
        float extreme = 0;
        for (int g = 0; g < 16; g++) {
            wanted[g] = ScaleSearch.symmetric(src, from + 16 * g, 16, centre);
            extreme = Math.abs(wanted[g]) > Math.abs(extreme) ? wanted[g] : extreme;
        }
        float d = putF16(dst, dAt, extreme / -scaleCentre);
        float inverse = d == 0 ? 0 : 1 / d;
        for (int g = 0; g < 16; g++) {
            scales[g] = Math.clamp(Math.round(wanted[g] * inverse), -scaleCentre, scaleCentre - 1);
            float scale = d * scales[g];
            float groupInverse = scale == 0 ? 0 : 1 / scale;
            for (int j = 16 * g; j < 16 * g + 16; j++) {
                codes[j] = Math.clamp(Math.round(src[from + j] * groupInverse), -centre, centre - 1) + centre;
            }
        }
    }

    /** 256 values as {@code groups} of d · scale · code − dmin · min; scratch for one thread. */
    private static final class Affine {
        final int[] scales;
        final int[] mins;
        final int[] codes = new int[256];
        private final float[] wantedScales;
        private final float[] wantedMins;
        private final int groups;
        private final int size;
        private final int maxCode;
        private final int maxScale;

        Affine(int groups, int size, int maxCode, int maxScale) {
            this.groups = groups;
            this.size = size;
            this.maxCode = maxCode;
            this.maxScale = maxScale;
            scales = new int[groups];
            mins = new int[groups];
            wantedScales = new float[groups];
            wantedMins = new float[groups];
        }

        /** Finds scales, minimums and codes, and writes d and dmin. */
        void fit(float[] src, int from, MemorySegment dst, long dAt, long minAt) {
            float largestScale = 0;
            float largestMin = 0;
            float[] pair = new float[2];
            for (int g = 0; g < groups; g++) {
                ScaleSearch.affine(src, from + size * g, size, maxCode, pair);
                wantedScales[g] = pair[0];
                wantedMins[g] = pair[1];
                largestScale = Math.max(largestScale, pair[0]);
                largestMin = Math.max(largestMin, pair[1]);
            }
            float d = putF16(dst, dAt, largestScale / maxScale);
            float dmin = putF16(dst, minAt, largestMin / maxScale);
            for (int g = 0; g < groups; g++) {
                scales[g] = d == 0 ? 0 : Math.clamp(Math.round(wantedScales[g] / d), 0, maxScale);
                mins[g] = dmin == 0 ? 0 : Math.clamp(Math.round(wantedMins[g] / dmin), 0, maxScale);
                float scale = d * scales[g];
                float min = dmin * mins[g];
                for (int j = size * g; j < size * g + size; j++) {
                    codes[j] = scale == 0 ? 0 : Math.clamp(Math.round((src[from + j] + min) / scale), 0, maxCode);
                }
            }
        }

        /** The 6-bit scales and minimums in the 12 bytes that {@link SuperBlocks#scale} and {@link SuperBlocks#min} read. */
        void putPairs(MemorySegment dst, long at) {
            for (int g = 0; g < 4; g++) {
                put8(dst, at + g, scales[g] | scales[g + 4] >> 4 << 6);
                put8(dst, at + 4 + g, mins[g] | mins[g + 4] >> 4 << 6);
                put8(dst, at + 8 + g, scales[g + 4] & 15 | (mins[g + 4] & 15) << 4);
            }
        }

        /** The low 4 bits of the codes: group 2n low, group 2n + 1 high in 32 bytes. */
        void putNibbles(MemorySegment dst, long at) {
            for (int i = 0; i < 128; i++) {
                int first = 64 * (i >> 5) + (i & 31);
                put8(dst, at + i, codes[first] & 15 | (codes[first + 32] & 15) << 4);
            }
        }
    }
}
