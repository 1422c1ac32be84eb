package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Assembler.Condition;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/**
 * Products of float32 or paired activations: row groups with up to six tokens. A row's sum takes its elements one after another,
 * by fused multiply-adds or products of pairs, in every tile and however the inputs are cut into pieces.
 *
 * @param format of the weights
 * @param resume whether sums begin at what the sum memory holds, not at zero
 * @param accumulate whether sums are added to what the outputs hold
 */
record FloatTileKernel(FloatFormat format, int tokens, boolean resume, boolean accumulate) {
    static final int MAX_TOKENS = 6;

    /** Arguments: the first group's weights, elements, groups, bytes from group to group. */
    static final int WEIGHTS = 0;

    static final int ELEMENTS = 1;
    static final int GROUPS = 2;
    static final int GROUP_BYTES = 3;
    /** Each token's inputs, then each token's sum memory, then each token's outputs. */
    static final int TOKENS = 4;

    private static final Gpr[] ROWS = {Gpr.R8, Gpr.R9, Gpr.R10, Gpr.R11, Gpr.R12, Gpr.R13};

    MachineCode emit(Target target) {
        Assembler a = target.assembler(
                "float tile " + format + " × " + tokens + (resume ? " resumed" : "") + (accumulate ? " added" : ""));
        boolean wide = target.isa().wide();
        int vectors = FloatFormat.vectors(target);
        int bytes = target.isa().vectorBytes();
        int step = vectors * target.lanes() * format.bytes;
        int firstWeight = vectors * tokens;
        Vec input = target.vec(firstWeight + vectors);
        target.convention().enter(a);
        a.mov(Gpr.RSI, Mem.at(Gpr.RDI, 8 * WEIGHTS));
        a.mov(Gpr.RBP, Mem.at(Gpr.RDI, 8 * GROUPS));
        a.mov(Gpr.RDX, Mem.at(Gpr.RDI, 8 * ELEMENTS));
        for (int t = 0; t < tokens; t++) {
            a.mov(ROWS[t], Mem.at(Gpr.RDI, 8 * (TOKENS + t)));
        }
        a.mov(Gpr.R14, 0);
        Label group = a.here();
        for (int t = 0; t < tokens; t++) {
            if (resume) {
                a.mov(Gpr.RBX, Mem.at(Gpr.RDI, 8 * (TOKENS + tokens + t)));
            }
            for (int v = 0; v < vectors; v++) {
                Vec sum = target.vec(t * vectors + v);
                if (resume) {
                    a.op(VMOVUPS, sum, Mem.at(Gpr.RBX, Gpr.R14, 1, v * bytes));
                } else {
                    a.op(wide ? VPXORD : VPXOR, sum, sum, sum);
                }
            }
        }
        a.mov(Gpr.RAX, Gpr.RSI);
        a.mov(Gpr.RCX, 0);
        a.align(32);
        Label next = a.here();
        for (int v = 0; v < vectors; v++) {
            format.load(a, target, target.vec(firstWeight + v), Mem.at(Gpr.RAX, v * target.lanes() * format.bytes));
        }
        for (int t = 0; t < tokens; t++) {
            a.op(VBROADCASTSS, input, Mem.at(ROWS[t], Gpr.RCX, 4, 0));
            for (int v = 0; v < vectors; v++) {
                format.multiplyAdd(a, target.vec(t * vectors + v), input, target.vec(firstWeight + v));
            }
        }
        a.add(Gpr.RAX, step);
        a.add(Gpr.RCX, 1);
        a.cmp(Gpr.RCX, Gpr.RDX);
        a.jump(Condition.LESS, next);
        for (int t = 0; t < tokens; t++) {
            a.mov(Gpr.RBX, Mem.at(Gpr.RDI, 8 * (TOKENS + 2 * tokens + t)));
            for (int v = 0; v < vectors; v++) {
                Vec sum = target.vec(t * vectors + v);
                Mem out = Mem.at(Gpr.RBX, Gpr.R14, 1, v * bytes);
                if (accumulate) {
                    a.op(VADDPS, sum, sum, out);
                }
                a.op(VMOVUPS_STORE, out, sum);
            }
        }
        a.add(Gpr.R14, vectors * bytes);
        a.add(Gpr.RSI, Mem.at(Gpr.RDI, 8 * GROUP_BYTES));
        a.sub(Gpr.RBP, 1);
        a.jump(Condition.NOT_EQUAL, group);
        target.convention().leave(a);
        return a.finish();
    }
}
