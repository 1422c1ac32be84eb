package dev.jerboa.kernel.dtype;

import static dev.jerboa.kernel.dtype.Bytes.put8;
import static dev.jerboa.kernel.dtype.Bytes.putF16;

import org.jspecify.annotations.Nullable;

/**
 * Encoders of Q2_K … Q6_K: each group's scale (and minimum) is searched for the least weighted squared error
 * ({@link GroupSearch}), then the group scales are themselves rounded to the block's, and the codes chosen last, against
 * exactly what a reader will compute.
 *
 * <p>Values are expected to be finite; a block with others decodes to something unspecified.
 */
final class SuperBlockEncoders {
    private SuperBlockEncoders() {}

    static void q2k(
            float[] src, float @Nullable [] importances, int from, byte[] dst, int at, int blocks, GroupSearch search) {
        Affine affine = new Affine(16, 16, 3, 15, blocks);
        affine.search(search, src, importances, from, blocks);
        for (int b = 0; b < blocks; b++, at += 84, from += 256) {
            affine.fit(b, src, from, dst, at + 80, at + 82);
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

    static void q4k(
            float[] src, float @Nullable [] importances, int from, byte[] dst, int at, int blocks, GroupSearch search) {
        Affine affine = new Affine(8, 32, 15, 63, blocks);
        affine.search(search, src, importances, from, blocks);
        for (int b = 0; b < blocks; b++, at += 144, from += 256) {
            affine.fit(b, src, from, dst, at, at + 2);
            affine.putPairs(dst, at + 4);
            affine.putNibbles(dst, at + 16);
        }
    }

    static void q5k(
            float[] src, float @Nullable [] importances, int from, byte[] dst, int at, int blocks, GroupSearch search) {
        Affine affine = new Affine(8, 32, 31, 63, blocks);
        affine.search(search, src, importances, from, blocks);
        for (int b = 0; b < blocks; b++, at += 176, from += 256) {
            affine.fit(b, src, from, dst, at, at + 2);
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

    static void q3k(
            float[] src, float @Nullable [] importances, int from, byte[] dst, int at, int blocks, GroupSearch search) {
        int[] scales = new int[16];
        int[] codes = new int[256];
        float[] wanted = new float[16 * blocks];
        search.symmetric(src, importances, from, 16 * blocks, 16, 4, wanted);
        for (int b = 0; b < blocks; b++, at += 110, from += 256) {
            symmetric(wanted, 16 * b, src, from, 4, 32, dst, at + 108, scales, codes);
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

    static void q6k(
            float[] src, float @Nullable [] importances, int from, byte[] dst, int at, int blocks, GroupSearch search) {
        int[] scales = new int[16];
        int[] codes = new int[256];
        float[] wanted = new float[16 * blocks];
        search.symmetric(src, importances, from, 16 * blocks, 16, 32, wanted);
        for (int b = 0; b < blocks; b++, at += 210, from += 256) {
            symmetric(wanted, 16 * b, src, from, 32, 128, dst, at + 208, scales, codes);
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
     * Rounds the scales of 16 groups of 16 values, d · scale · (code − {@code centre}) with scales in −{@code scaleCentre} to
     * scaleCentre − 1, writes d, and chooses the codes.
     */
    private static void symmetric(
            float[] wanted,
            int first,
            float[] src,
            int from,
            int centre,
            int scaleCentre,
            byte[] dst,
            int dAt,
            int[] scales,
            int[] codes) {
        float extreme = 0;
        for (int g = first; g < first + 16; g++) {
            extreme = Math.abs(wanted[g]) > Math.abs(extreme) ? wanted[g] : extreme;
        }
        float d = putF16(dst, dAt, extreme / -scaleCentre);
        float inverse = d == 0 ? 0 : 1 / d;
        for (int g = 0; g < 16; g++) {
            scales[g] = Math.clamp(Math.round(wanted[first + g] * inverse), -scaleCentre, scaleCentre - 1);
            float scale = d * scales[g];
            codes(src, from + 16 * g, 16, centre, scale == 0 ? 0 : 1 / scale, 2 * centre - 1, codes, 16 * g);
        }
    }

    /** The codes of value · inverse + shift, 0 to {@code last}; a loop that compilers make vectors of. */
    private static void codes(
            float[] src, int from, int count, float shift, float inverse, int last, int[] codes, int to) {
        for (int j = 0; j < count; j++) {
            float near = Math.min(Math.max(src[from + j] * inverse + shift, 0), last);
            codes[to + j] = (int) (near + 0.5f);
        }
    }

    /** Blocks of 256 values as {@code groups} of d · scale · code − dmin · min; scratch for one thread. */
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

        Affine(int groups, int size, int maxCode, int maxScale, int blocks) {
            this.groups = groups;
            this.size = size;
            this.maxCode = maxCode;
            this.maxScale = maxScale;
            scales = new int[groups];
            mins = new int[groups];
            wantedScales = new float[groups * blocks];
            wantedMins = new float[groups * blocks];
        }

        void search(GroupSearch search, float[] src, float @Nullable [] importances, int from, int blocks) {
            search.affine(src, importances, from, groups * blocks, size, maxCode, wantedScales, wantedMins);
        }

        /** Rounds the scales and minimums of a block, writes d and dmin, and chooses the codes. */
        void fit(int block, float[] src, int from, byte[] dst, int dAt, int minAt) {
            int first = block * groups;
            float largestScale = 0;
            float largestMin = 0;
            for (int g = first; g < first + groups; g++) {
                largestScale = Math.max(largestScale, wantedScales[g]);
                largestMin = Math.max(largestMin, wantedMins[g]);
            }
            float d = putF16(dst, dAt, largestScale / maxScale);
            float dmin = putF16(dst, minAt, largestMin / maxScale);
            for (int g = 0; g < groups; g++) {
                scales[g] = d == 0 ? 0 : Math.clamp(Math.round(wantedScales[first + g] / d), 0, maxScale);
                mins[g] = dmin == 0 ? 0 : Math.clamp(Math.round(wantedMins[first + g] / dmin), 0, maxScale);
                float scale = d * scales[g];
                float inverse = scale == 0 ? 0 : 1 / scale;
                codes(src, from + size * g, size, dmin * mins[g] * inverse, inverse, maxCode, codes, size * g);
            }
        }

        /** The 6-bit scales and minimums in the 12 bytes that {@link SuperBlocks#scale} and {@link SuperBlocks#min} read. */
        void putPairs(byte[] dst, int at) {
            for (int g = 0; g < 4; g++) {
                put8(dst, at + g, scales[g] | scales[g + 4] >> 4 << 6);
                put8(dst, at + 4 + g, mins[g] | mins[g + 4] >> 4 << 6);
                put8(dst, at + 8 + g, scales[g + 4] & 15 | (mins[g + 4] & 15) << 4);
            }
        }

        /** The low 4 bits of the codes: group 2n low, group 2n + 1 high in 32 bytes. */
        void putNibbles(byte[] dst, int at) {
            for (int i = 0; i < 128; i++) {
                int first = 64 * (i >> 5) + (i & 31);
                put8(dst, at + i, codes[first] & 15 | (codes[first + 32] & 15) << 4);
            }
        }
    }
}
