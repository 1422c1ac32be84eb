package dev.jerboa.kernel.ops.loop;

/**
 * e to the x in float32 by the steps that all tiers take, so with the same bits: within 2 units in the last place (normal results),
 * overflowing to infinity and underflowing gradually to 0; NaN stays NaN.
 *
 * <p>x = n · ln 2 + r with whole n and |r| ≤ ln 2 / 2; e^r by 1 + r + r² · p(r), p a near-minimax polynomial of degree 4
 * (Chebyshev fit of (e^r − 1 − r) / r²); times 2^n in two steps so that n may pass the exponent range of a float.
 */
public final class Exponential {
    public static final float LOWEST = -104f; // e to it rounds to 0
    public static final float HIGHEST = 88.8f; // e to it is above the largest float
    public static final float LOG2_E = 1.44269504f;
    /** ln 2 in two floats. */
    public static final float LN2_HIGH = 0.693147182f;

    public static final float LN2_LOW = -1.904654323e-9f;
    /** 1.5 · 2^23: adding it rounds to a whole number, which then stands in the low bits. */
    public static final float ROUND = 12_582_912f;

    public static final int ROUND_BITS = Float.floatToRawIntBits(ROUND);
    public static final float P0 = 0x1.0p-1f;
    public static final float P1 = 0x1.5554dcp-3f;
    public static final float P2 = 0x1.5554e8p-5f;
    public static final float P3 = 0x1.120ba6p-7f;
    public static final float P4 = 0x1.6d4366p-10f;
    public static final int BIAS = 127;
    public static final int MANTISSA_BITS = 23;

    private Exponential() {}

    public static float of(float x) {
        float c = LOWEST > x ? LOWEST : x;
        c = HIGHEST < c ? HIGHEST : c;
        float shifted = Math.fma(c, LOG2_E, ROUND);
        float whole = shifted - ROUND;
        float r = Math.fma(-whole, LN2_HIGH, c);
        r = Math.fma(-whole, LN2_LOW, r);
        float p = Math.fma(P4, r, P3);
        p = Math.fma(p, r, P2);
        p = Math.fma(p, r, P1);
        p = Math.fma(p, r, P0);
        float e = Math.fma(p, r * r, r) + 1f;
        int n = Float.floatToRawIntBits(shifted) - ROUND_BITS;
        int half = n >> 1;
        return e * power(half) * power(n - half);
    }

    private static float power(int n) {
        return Float.intBitsToFloat((n + BIAS) << MANTISSA_BITS);
    }
}
