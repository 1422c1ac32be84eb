package dev.jerboa.kernel.dtype;

import static dev.jerboa.kernel.dtype.Bytes.put32;
import static dev.jerboa.kernel.dtype.Bytes.put8;
import static dev.jerboa.kernel.dtype.Bytes.putF16;

import org.jspecify.annotations.Nullable;

/**
 * Encoders of the blocks that {@link SmallBlocks} decodes. Q4_0, Q4_1, Q5_0, Q5_1 and Q8_0 give the bytes that the GGUF
 * reference implementation gives; MXFP4 and IQ4_NL search for the scale with the least squared error. With importances,
 * the first four search for scales too ({@link GroupSearch}).
 *
 * <p>Values are expected to be finite; a block with others decodes to something unspecified.
 */
final class SmallBlockEncoders {
    private SmallBlockEncoders() {}

    static void q4Zero(
            float[] src, float @Nullable [] importances, int from, byte[] dst, int at, int blocks, GroupSearch search) {
        float[] fitted = fitted(src, importances, from, blocks, 8, search);
        for (int b = 0; b < blocks; b++, at += 18, from += 32) {
            float d = fitted.length > 0 ? fitted[b] : extreme(src, from, 32) / -8;
            float inverse = d == 0 ? 0 : 1 / d;
            putF16(dst, at, d);
            for (int j = 0; j < 16; j++) {
                int low = centred(src[from + j], inverse, 8);
                int high = centred(src[from + j + 16], inverse, 8);
                put8(dst, at + 2 + j, low | high << 4);
            }
        }
    }

    static void q4One(
            float[] src, float @Nullable [] importances, int from, byte[] dst, int at, int blocks, GroupSearch search) {
        float[] scales = importances == null ? new float[0] : new float[blocks];
        float[] minimums = new float[scales.length];
        search.affine(src, importances, from, scales.length, 32, 15, scales, minimums);
        for (int b = 0; b < blocks; b++, at += 20, from += 32) {
            float min = min(src, from, 32);
            float d = (max(src, from, 32) - min) / 15;
            if (scales.length > 0 && min < 0 && scales[b] > 0) {
                min = -minimums[b];
                d = scales[b];
            }
            float inverse = d == 0 ? 0 : 1 / d;
            putF16(dst, at, d);
            putF16(dst, at + 2, min);
            for (int j = 0; j < 16; j++) {
                int low = above(src[from + j], min, inverse, 15);
                int high = above(src[from + j + 16], min, inverse, 15);
                put8(dst, at + 4 + j, low | high << 4);
            }
        }
    }

    static void q5Zero(
            float[] src, float @Nullable [] importances, int from, byte[] dst, int at, int blocks, GroupSearch search) {
        float[] fitted = fitted(src, importances, from, blocks, 16, search);
        for (int b = 0; b < blocks; b++, at += 22, from += 32) {
            float d = fitted.length > 0 ? fitted[b] : extreme(src, from, 32) / -16;
            float inverse = d == 0 ? 0 : 1 / d;
            putF16(dst, at, d);
            int fifth = 0;
            for (int j = 0; j < 16; j++) {
                int low = centred(src[from + j], inverse, 16);
                int high = centred(src[from + j + 16], inverse, 16);
                put8(dst, at + 6 + j, low & 15 | (high & 15) << 4);
                fifth |= low >> 4 << j | high >> 4 << j + 16;
            }
            put32(dst, at + 2, fifth);
        }
    }

    static void q5One(
            float[] src, float @Nullable [] importances, int from, byte[] dst, int at, int blocks, GroupSearch search) {
        float[] scales = importances == null ? new float[0] : new float[blocks];
        float[] minimums = new float[scales.length];
        search.affine(src, importances, from, scales.length, 32, 31, scales, minimums);
        for (int b = 0; b < blocks; b++, at += 24, from += 32) {
            float min = min(src, from, 32);
            float d = (max(src, from, 32) - min) / 31;
            if (scales.length > 0 && min < 0 && scales[b] > 0) {
                min = -minimums[b];
                d = scales[b];
            }
            float inverse = d == 0 ? 0 : 1 / d;
            putF16(dst, at, d);
            putF16(dst, at + 2, min);
            int fifth = 0;
            for (int j = 0; j < 16; j++) {
                int low = above(src[from + j], min, inverse, 31);
                int high = above(src[from + j + 16], min, inverse, 31);
                put8(dst, at + 8 + j, low & 15 | (high & 15) << 4);
                fifth |= low >> 4 << j | high >> 4 << j + 16;
            }
            put32(dst, at + 4, fifth);
        }
    }

    static void q8Zero(float[] src, int from, byte[] dst, int at, int blocks) {
        for (int b = 0; b < blocks; b++, at += 34, from += 32) {
            float d = Math.abs(extreme(src, from, 32)) / 127;
            float inverse = d == 0 ? 0 : 1 / d;
            putF16(dst, at, d);
            for (int j = 0; j < 32; j++) {
                float scaled = src[from + j] * inverse;
                int magnitude = Math.round(Math.abs(scaled));
                put8(dst, at + 2 + j, scaled < 0 ? -magnitude : magnitude);
            }
        }
    }

    /** Scales of {@code scale · (code − centre)} by importance; none where there are no importances. */
    private static float[] fitted(
            float[] src, float @Nullable [] importances, int from, int blocks, int centre, GroupSearch search) {
        if (importances == null) {
            return new float[0];
        }
        float[] scales = new float[blocks];
        search.symmetric(src, importances, from, blocks, 32, centre, scales);
        return scales;
    }

    /** Of the two scales that fit the largest magnitude (at 4 or 6 steps below or above), the one with the smaller error. */
    static void mxfp4(
            float[] src, float @Nullable [] importances, int from, byte[] dst, int at, int blocks, GroupSearch search) {
        for (int b = 0; b < blocks; b++, at += 17, from += 32) {
            float largest = Math.abs(extreme(src, from, 32));
            int base = largest == 0 ? 0 : Math.getExponent(largest) - 2 + 127;
            int low = Math.clamp(base, 0, 254);
            int high = Math.clamp(base + 1, 0, 254);
            int code = mxError(src, importances, from, high) < mxError(src, importances, from, low) ? high : low;
            float scale = SmallFloats.e8m0((byte) code);
            put8(dst, at, code);
            for (int j = 0; j < 16; j++) {
                put8(dst, at + 1 + j, e2m1(src[from + j], scale) | e2m1(src[from + j + 16], scale) << 4);
            }
        }
    }

    private static double mxError(float[] src, float @Nullable [] importances, int from, int code) {
        float scale = SmallFloats.e8m0((byte) code);
        double sum = 0;
        for (int j = 0; j < 32; j++) {
            double error = src[from + j] - (double) scale * SmallFloats.e2m1(e2m1(src[from + j], scale));
            sum += (importances == null ? 1 : importances[from + j]) * error * error;
        }
        return sum;
    }

    /** The nearest E2M1 code, ties to the even one. */
    private static int e2m1(float value, float scale) {
        double x = Math.abs((double) value) / scale;
        int code;
        if (x <= 2) {
            code = (int) Math.rint(2 * x);
        } else if (x <= 4) {
            code = 2 + (int) Math.rint(x);
        } else {
            code = x <= 5 ? 6 : 7;
        }
        return value < 0 && code != 0 ? code | 8 : code;
    }

    static void iq4Nl(
            float[] src, float @Nullable [] importances, int from, byte[] dst, int at, int blocks, GroupSearch search) {
        NonLinearSearch scales = new NonLinearSearch();
        for (int b = 0; b < blocks; b++, at += 18, from += 32) {
            float d = putF16(dst, at, scales.best(src, importances, from));
            float inverse = d == 0 ? 0 : 1 / d;
            for (int j = 0; j < 16; j++) {
                int low = SmallBlocks.nearestNonLinear(src[from + j] * inverse);
                int high = SmallBlocks.nearestNonLinear(src[from + j + 16] * inverse);
                put8(dst, at + 2 + j, low | high << 4);
            }
        }
    }

    /** The value of largest magnitude, with its sign; the first of equals. */
    static float extreme(float[] src, int from, int count) {
        float extreme = 0;
        for (int j = 0; j < count; j++) {
            extreme = Math.abs(src[from + j]) > Math.abs(extreme) ? src[from + j] : extreme;
        }
        return extreme;
    }

    private static float min(float[] src, int from, int count) {
        float min = src[from];
        for (int j = 1; j < count; j++) {
            min = Math.min(min, src[from + j]);
        }
        return min;
    }

    private static float max(float[] src, int from, int count) {
        float max = src[from];
        for (int j = 1; j < count; j++) {
            max = Math.max(max, src[from + j]);
        }
        return max;
    }

    /** The code of value / d around {@code centre}, which is half the codes. */
    private static int centred(float value, float inverse, int centre) {
        return Math.clamp((int) ((double) value * inverse + centre + 0.5), 0, 2 * centre - 1);
    }

    private static int above(float value, float min, float inverse, int most) {
        return Math.clamp((int) ((value - min) * inverse + 0.5f), 0, most);
    }
}
