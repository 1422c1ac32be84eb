package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/**
 * Emits 2 to the x for x ≤ 0, in float32: within 2 units in the last place of the true value where that is a normal number;
 * 1 at 0; NaN stays NaN. Below 2^−126 the result is 0 with 256-bit vectors, and with 512-bit vectors falls gradually to 0.
 *
 * <p>x = n + r with n whole and |r| ≤ 1/2; 2^r by 1 + r · p(r), p the near-minimax polynomial of degree 4 (largest relative
 * error of the whole about 9·10^−8); times 2^n by the exponent.
 */
final class PowerOfTwo {
    private static final float[] POLYNOMIAL = {
        0x1.62e42ap-1f, 0x1.ebf9bcp-3f, 0x1.c6b752p-5f, 0x1.3cea88p-7f, 0x1.5bba14p-10f
    };

    /** Below this the result is 0. */
    private static final float LOWEST_WIDE = -200f;

    private static final float LOWEST_NORMAL = -126f;

    /** Rounds to nearest, ties to even, without raising the inexact flag. */
    private static final int NEAREST = 8;

    /** Not less than, true for NaN. */
    private static final int NOT_LESS = 5;

    private static final int MANTISSA_BITS = 23;

    private final Assembler a;
    private final boolean wide;
    private final int lanes;
    private final Vec lowest;

    /** Loads {@code lowest}, which must be left alone from here on. */
    PowerOfTwo(Assembler a, Target target, Vec lowest) {
        this.a = a;
        this.wide = target.isa().wide();
        this.lanes = target.lanes();
        this.lowest = lowest;
        a.op(VMOVUPS, lowest, constant(wide ? LOWEST_WIDE : LOWEST_NORMAL));
    }

    private Mem constant(float value) {
        return a.constant(Float.floatToRawIntBits(value), lanes);
    }

    /** {@code x = 2^x}; the others, of the same width as {@code x} or any narrower one, are overwritten. */
    void emit(Vec x, Vec n, Vec r, Vec p, Vec keep) {
        Vec low = new Vec(lowest.number(), x.bytes());
        if (!wide) {
            a.op(VCMPPS, keep, x, constant(LOWEST_NORMAL), NOT_LESS);
        }
        a.op(VMAXPS, x, low, x); // NaN passes: the second operand is taken
        a.op(wide ? VRNDSCALEPS : VROUNDPS, n, x, NEAREST);
        a.op(VSUBPS, r, x, n);
        a.op(VMOVUPS, p, constant(POLYNOMIAL[4]));
        for (int i = 3; i >= 0; i--) {
            a.op(VFMADD213PS, p, r, constant(POLYNOMIAL[i]));
        }
        a.op(VFMADD213PS, p, r, constant(1));
        if (wide) {
            a.op(VSCALEFPS, x, p, n);
        } else {
            a.op(VCVTPS2DQ, n, n);
            a.op(VPSLLD, n, n, MANTISSA_BITS);
            a.op(VPADDD, p, p, n);
            a.op(VANDPS, x, p, keep);
        }
    }
}
