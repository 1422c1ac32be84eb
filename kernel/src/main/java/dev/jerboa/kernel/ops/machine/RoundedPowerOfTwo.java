package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/**
 * Emits 2 to the x for x ≤ 0 in 512-bit vectors, as good as weights need that are rounded to 8 or 16 bits: within 9·10^−5
 * of the true value; 1 at 0, 0 at −∞; NaN stays NaN.
 *
 * <p>x = n + r with n whole and 0 ≤ r < 1; 2^r by 1 + r · p(r), p the near-minimax polynomial of degree 2; times 2^n by the
 * exponent. {@link PowerOfTwo} is the exact one.
 */
final class RoundedPowerOfTwo {
    private static final float[] POLYNOMIAL = {1f, 0x1.63e65ap-1f, 0x1.d23786p-3f, 0x1.3baaacp-4f};

    /** What is left of a number above the next whole one below, without raising the inexact flag. */
    private static final int ABOVE_FLOOR = 9;

    private final Assembler a;
    private final Target target;
    private final int first;

    /** Loads four registers from number {@code first} on, which must be left alone from here on. */
    RoundedPowerOfTwo(Assembler a, Target target, int first) {
        this.a = a;
        this.target = target;
        this.first = first;
        for (int i = 0; i < POLYNOMIAL.length; i++) {
            a.op(VMOVUPS, factor(i), a.constant(Float.floatToRawIntBits(POLYNOMIAL[i]), target.lanes()));
        }
    }

    private Vec factor(int power) {
        return target.vec(first + power);
    }

    /** {@code x = 2^x}; the others are overwritten. */
    void emit(Vec x, Vec r, Vec p) {
        a.op(VREDUCEPS, r, x, ABOVE_FLOOR); // 0 for −∞
        a.op(VMOVAPS, p, factor(3));
        for (int i = 2; i >= 0; i--) {
            a.op(VFMADD213PS, p, r, factor(i));
        }
        a.op(VSCALEFPS, x, p, x); // by the whole number below x
    }
}
