package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import dev.jerboa.kernel.ops.machine.asm.VectorOp;

/**
 * Emits the largest lane of each of up to {@value #ROWS} vectors, in one vector: a transposition that halves what is left
 * with each step.
 */
final class RowMaxima {
    /** Vectors that go together at most. */
    static final int ROWS = 6;

    /** A half of each of two vectors' pairs of lanes. */
    private static final int LOW_PAIRS = 0x44;

    private static final int HIGH_PAIRS = 0xEE;
    /** Lanes of even and of odd number. */
    private static final int EVEN = 0x88;

    private static final int ODD = 0xDD;
    /** Neighbours changed for each other. */
    private static final int NEIGHBOURS = 0xB1;
    /** 128-bit halves of two 256-bit vectors. */
    private static final int LOW_HALVES = 0x20;

    private static final int HIGH_HALVES = 0x31;

    private final Assembler a;
    private final Target target;

    RowMaxima(Assembler a, Target target) {
        this.a = a;
        this.target = target;
    }

    /**
     * The largest lane of each of the vectors 0 to {@code rows − 1}, into the lane of that number of vector 0; further lanes
     * hold some of these again. Changes the vectors up to {@link #ROWS} + 1.
     */
    void emit(int rows) {
        int pairs = (rows + 1) / 2;
        for (int pair = 0; pair < pairs; pair++) {
            pairOf(pair, 2 * pair, Math.min(2 * pair + 1, rows - 1));
        }
        if (target.isa().wide()) {
            wide(pairs);
        } else {
            narrow(pairs);
        }
    }

    /** Two vectors become one, which has a half of its lanes for each. */
    private void pairOf(int to, int first, int second) {
        if (target.isa().wide()) {
            larger(VSHUFI32X4, to, first, second, EVEN, ODD);
        } else {
            larger(VPERM2I128, to, first, second, LOW_HALVES, HIGH_HALVES);
        }
    }

    /** 128-bit lanes of four rows each, then lanes of two rows each. */
    private void wide(int pairs) {
        larger(VSHUFI32X4, 0, 0, Math.min(1, pairs - 1), EVEN, ODD);
        if (pairs > 2) {
            larger(VSHUFI32X4, 1, 2, 2, EVEN, ODD);
        }
        larger(VSHUFPS, 0, 0, pairs > 2 ? 1 : 0, LOW_PAIRS, HIGH_PAIRS);
        a.op(VPSHUFD, target.vec(ROWS), target.vec(0), NEIGHBOURS);
        a.op(VMAXPS, target.vec(0), target.vec(0), target.vec(ROWS));
        order(0, 4, 8, 12, 2, 6);
    }

    /** 128-bit lanes of two rows each, which become lanes of three. */
    private void narrow(int pairs) {
        larger(VSHUFPS, 0, 0, Math.min(1, pairs - 1), LOW_PAIRS, HIGH_PAIRS);
        if (pairs > 2) {
            larger(VSHUFPS, 1, 2, 2, LOW_PAIRS, HIGH_PAIRS);
        }
        larger(VSHUFPS, 0, 0, pairs > 2 ? 1 : 0, EVEN, ODD);
        order(0, 4, 1, 5, 2, 6);
    }

    private void order(int... places) {
        int[] lanes = new int[target.lanes()];
        System.arraycopy(places, 0, lanes, 0, places.length);
        a.op(VMOVUPS, target.vec(ROWS), a.constant(lanes));
        a.op(VPERMPS, target.vec(0), target.vec(ROWS), target.vec(0));
    }

    /** Of two choices of lanes of two vectors, the larger lanes. */
    private void larger(VectorOp choose, int to, int first, int second, int one, int other) {
        Vec x = target.vec(ROWS);
        Vec y = target.vec(ROWS + 1);
        a.op(choose, x, target.vec(first), target.vec(second), one);
        a.op(choose, y, target.vec(first), target.vec(second), other);
        a.op(VMAXPS, target.vec(to), x, y);
    }
}
