package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Vec.ymm;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Operand;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/**
 * e to the x in 8 lanes of float32, within 2 units in the last place of the true value (normal results), overflowing to
 * infinity and underflowing gradually to 0; e to −∞ is 0, NaN stays NaN.
 *
 * <p>x = n · ln 2 + r with whole n and |r| ≤ ln 2 / 2; e^r by 1 + r + r² · p(r), p a near-minimax polynomial of degree 4
 * (Chebyshev fit of (e^r − 1 − r) / r²); times 2^n in two steps so that n may pass the exponent range of a float.
 */
final class Exponential {
    private static final float LOWEST = -104f; // e to it rounds to 0
    private static final float HIGHEST = 88.8f; // e to it is above the largest float
    private static final float LOG2_E = 1.44269504f;
    /** ln 2 in two floats. */
    private static final float LN2_HIGH = 0.693147182f;

    private static final float LN2_LOW = -1.904654323e-9f;
    /** 1.5 · 2^23: adding it rounds to a whole number, which then stands in the low bits. */
    private static final float ROUND = 12_582_912f;

    /** Of r⁴ down to r⁰. */
    private static final float[] POLYNOMIAL = {
        0x1.6d4366p-10f, 0x1.120ba6p-7f, 0x1.5554e8p-5f, 0x1.5554dcp-3f, 0x1.0p-1f
    };

    private static final int BIAS = 127;
    private static final int MANTISSA_BITS = 23;

    private static final Vec LOWEST_IN = ymm(11);
    private static final Vec HIGHEST_IN = ymm(12);

    private Exponential() {}

    /** Loads what {@link #emit} keeps in the vector registers 11 and 12. */
    static void constants(Assembler a) {
        a.op(VMOVUPS, LOWEST_IN, Lanes.all(a, LOWEST));
        a.op(VMOVUPS, HIGHEST_IN, Lanes.all(a, HIGHEST));
    }

    /** Replaces {@code x}; changes {@code n}, {@code p} and {@code t}. */
    static void emit(Assembler a, Vec x, Vec n, Vec p, Vec t) {
        // The second operand is the result where one is NaN.
        a.op(VMAXPS, x, LOWEST_IN, x);
        a.op(VMINPS, x, HIGHEST_IN, x);
        power(a, x, n, p, t);
    }

    /** The same with no register kept: limits are loaded into {@code n}. */
    static void emitAlone(Assembler a, Vec x, Vec n, Vec p, Vec t) {
        a.op(VMOVUPS, n, Lanes.all(a, LOWEST));
        a.op(VMAXPS, x, n, x);
        a.op(VMOVUPS, n, Lanes.all(a, HIGHEST));
        a.op(VMINPS, x, n, x);
        power(a, x, n, p, t);
    }

    private static void power(Assembler a, Vec x, Vec n, Vec p, Vec t) {
        a.op(VMOVUPS, n, Lanes.all(a, ROUND));
        a.op(VFMADD231PS, n, x, Lanes.all(a, LOG2_E));
        a.op(VSUBPS, t, n, Lanes.all(a, ROUND));
        a.op(VFNMADD231PS, x, t, Lanes.all(a, LN2_HIGH));
        a.op(VFNMADD231PS, x, t, Lanes.all(a, LN2_LOW));
        a.op(VMOVUPS, p, Lanes.all(a, POLYNOMIAL[0]));
        for (int i = 1; i < POLYNOMIAL.length; i++) {
            a.op(VFMADD213PS, p, x, Lanes.all(a, POLYNOMIAL[i]));
        }
        a.op(VMULPS, t, x, x);
        a.op(VFMADD213PS, p, t, x);
        a.op(VADDPS, p, p, Lanes.all(a, 1f));
        // n is the rounding constant plus the whole number; half of that, and the rest, become powers of two.
        a.op(VPSUBD, n, n, Lanes.all(a, ROUND));
        a.op(VPSRAD, t, (Operand) n, 1);
        a.op(VPSUBD, n, n, t);
        a.op(VPADDD, t, t, a.constant(BIAS, Loops.LANES));
        a.op(VPSLLD, t, (Operand) t, MANTISSA_BITS);
        a.op(VPADDD, n, n, a.constant(BIAS, Loops.LANES));
        a.op(VPSLLD, n, (Operand) n, MANTISSA_BITS);
        a.op(VMULPS, p, p, t);
        a.op(VMULPS, x, p, n);
    }
}
