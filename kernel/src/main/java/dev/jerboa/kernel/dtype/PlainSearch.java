package dev.jerboa.kernel.dtype;

import org.jspecify.annotations.Nullable;

/** A {@link GroupSearch} group by group. Safe for several threads. */
final class PlainSearch implements GroupSearch {
    /** Added and taken away, it rounds a float32 of up to 22 bits to the nearest integer, ties to even. */
    private static final float ROUNDING = 0x1.8p23f;

    @Override
    public void symmetric(
            float[] values,
            float @Nullable [] importances,
            int from,
            int groups,
            int size,
            int centre,
            float[] scales) {
        float[] weights = new float[size];
        for (int g = 0; g < groups; g++) {
            int at = from + g * size;
            float extreme = extreme(values, at, size);
            scales[g] = 0;
            if (extreme == 0) {
                continue;
            }
            float meanSquare = squares(values, at, size) / size;
            for (int j = 0; j < size; j++) {
                float x = values[at + j];
                weights[j] = importances == null
                        ? x * x
                        : importances[at + j] * (float) Math.sqrt(Math.fma(x, x, meanSquare));
            }
            float inverse = -1 / extreme;
            float best = 0;
            for (int step = 0; step < STEPS; step++) {
                float factor = inverse * GroupSearch.target(centre, step);
                float[] xq = new float[2];
                float[] qq = new float[2];
                for (int j = 0; j < size; j++) {
                    float x = values[at + j];
                    float code = rounded(least(most(x * factor, -centre), centre - 1f));
                    float weighted = weights[j] * code;
                    xq[j & 1] = j < 2 ? weighted * x : Math.fma(weighted, x, xq[j & 1]);
                    qq[j & 1] = j < 2 ? weighted * code : Math.fma(weighted, code, qq[j & 1]);
                }
                float product = xq[0] + xq[1];
                // With this scale the weighted squared error falls by product · scale.
                float scale = product / (qq[0] + qq[1]);
                float gain = product * scale;
                if (gain > best) {
                    best = gain;
                    scales[g] = scale;
                }
            }
            if (best == 0) {
                scales[g] = extreme / -centre;
            }
        }
    }

    @Override
    public void affine(
            float[] values,
            float @Nullable [] importances,
            int from,
            int groups,
            int size,
            int last,
            float[] scales,
            float[] minimums) {
        float[] weights = new float[size];
        float[] above = new float[size];
        for (int g = 0; g < groups; g++) {
            int at = from + g * size;
            float low = values[at];
            float high = values[at];
            for (int j = 1; j < size; j++) {
                low = least(values[at + j], low);
                high = most(values[at + j], high);
            }
            low = least(low, 0);
            scales[g] = 0;
            minimums[g] = -low;
            if (!(high > low)) {
                continue;
            }
            float meanSquare = squares(values, at, size) / size;
            float base = importances == null ? (float) Math.sqrt(meanSquare) : meanSquare;
            float[] w = new float[2];
            float[] wy = new float[2];
            for (int j = 0; j < size; j++) {
                float x = values[at + j];
                above[j] = x - low;
                weights[j] = importances == null
                        ? base + most(x, -x)
                        : importances[at + j] * (float) Math.sqrt(Math.fma(x, x, base));
                w[j & 1] = j < 2 ? weights[j] : w[j & 1] + weights[j];
                wy[j & 1] = j < 2 ? weights[j] * above[j] : Math.fma(weights[j], above[j], wy[j & 1]);
            }
            affine(above, weights, last, 1 / (high - low), -low, w[0] + w[1], wy[0] + wy[1], scales, minimums, g);
        }
    }

    private static void affine(
            float[] above,
            float[] weights,
            int last,
            float inverse,
            float depth,
            float w,
            float wy,
            float[] scales,
            float[] minimums,
            int g) {
        float best = 0;
        for (int step = 0; step < STEPS; step++) {
            float factor = inverse * GroupSearch.target(last, step);
            float[] sumQ = new float[2];
            float[] sumQq = new float[2];
            float[] sumYq = new float[2];
            for (int j = 0; j < above.length; j++) {
                float code = rounded(least(above[j] * factor, last));
                float weighted = weights[j] * code;
                sumQ[j & 1] = j < 2 ? weighted : sumQ[j & 1] + weighted;
                sumQq[j & 1] = j < 2 ? weighted * code : Math.fma(weighted, code, sumQq[j & 1]);
                sumYq[j & 1] = j < 2 ? weighted * above[j] : Math.fma(weighted, above[j], sumYq[j & 1]);
            }
            float wq = sumQ[0] + sumQ[1];
            float wqq = sumQq[0] + sumQq[1];
            float wyq = sumYq[0] + sumYq[1];
            // Values above the lowest ≈ scale · code + shift; the minimum, depth − shift, is not to be negative.
            float determinant = w * wqq - wq * wq;
            float shift = least((wqq * wy - wq * wyq) / determinant, depth);
            float product = wyq - shift * wq;
            float scale = product / wqq;
            float gain = product * scale + shift * (wy + wy - shift * w);
            if (gain > best && scale > 0) {
                best = gain;
                scales[g] = scale;
                minimums[g] = depth - shift;
            }
        }
        if (best == 0) {
            scales[g] = 1 / (inverse * last);
        }
    }

    /** The value of largest magnitude, with its sign; the positive one of two. */
    static float extreme(float[] values, int from, int size) {
        float low = values[from];
        float high = values[from];
        for (int j = 1; j < size; j++) {
            low = least(values[from + j], low);
            high = most(values[from + j], high);
        }
        return high < -low ? low : high;
    }

    private static float squares(float[] values, int from, int size) {
        float even = values[from] * values[from];
        float odd = values[from + 1] * values[from + 1];
        for (int j = 2; j < size; j += 2) {
            even = Math.fma(values[from + j], values[from + j], even);
            odd = Math.fma(values[from + j + 1], values[from + j + 1], odd);
        }
        return even + odd;
    }

    static float rounded(float value) {
        return value + ROUNDING - ROUNDING;
    }

    @SuppressWarnings("ManualMinMaxCalculation") // exactly what vector instructions do
    private static float least(float a, float b) {
        return a < b ? a : b;
    }

    @SuppressWarnings("ManualMinMaxCalculation") // exactly what vector instructions do
    private static float most(float a, float b) {
        return a > b ? a : b;
    }
}
