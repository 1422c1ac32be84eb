package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VBROADCASTSS;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VEXTRACTI128;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VPSHUFD;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Operand;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import dev.jerboa.kernel.ops.machine.asm.VectorOp;

/** Small sequences on the 8 lanes of a 256-bit register. */
final class Lanes {
    static final int SWAP_HALVES = 0x4E;
    static final int SWAP_NEIGHBOURS = 0xB1;

    private Lanes() {}

    /** Combines all lanes into every lane, in a fixed order: halves onto each other, 8 → 4 → 2 → 1. Changes {@code spare}. */
    static void reduce(Assembler a, VectorOp op, Vec values, Vec spare) {
        a.op(VEXTRACTI128, (Operand) spare.x(), values, 1);
        a.op(op, values.x(), values.x(), spare.x());
        a.op(VPSHUFD, spare.x(), (Operand) values.x(), SWAP_HALVES);
        a.op(op, values.x(), values.x(), spare.x());
        a.op(VPSHUFD, spare.x(), (Operand) values.x(), SWAP_NEIGHBOURS);
        a.op(op, values.x(), values.x(), spare.x());
        a.op(VBROADCASTSS, values, values.x());
    }

    /** The place of 8 copies of a float. */
    static Mem all(Assembler a, float value) {
        return a.constant(Float.floatToRawIntBits(value), Loops.LANES);
    }
}
