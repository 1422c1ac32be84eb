package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Assembler.Condition;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/** Converts a piece of a row group of floats to float32, times a factor. */
record FloatPanelKernel(FloatFormat format) {
    /** Arguments: the weights, how many vectors, the panel, the factor. */
    static final int WEIGHTS = 0;

    static final int VECTORS = 1;
    static final int PANEL = 2;
    static final int FACTOR = 3;

    MachineCode emit(Target target) {
        Assembler a = target.assembler("float panel " + format);
        Vec value = target.vec(0);
        Vec factor = target.vec(1);
        target.convention().enter(a);
        a.mov(Gpr.RAX, Mem.at(Gpr.RDI, 8 * WEIGHTS));
        a.mov(Gpr.RCX, Mem.at(Gpr.RDI, 8 * VECTORS));
        a.mov(Gpr.RDX, Mem.at(Gpr.RDI, 8 * PANEL));
        a.op(VBROADCASTSS, factor, Mem.at(Gpr.RDI, 8 * FACTOR));
        Label next = a.here();
        format.load(a, target, value, Mem.at(Gpr.RAX));
        a.op(VMULPS, value, value, factor);
        a.op(VMOVUPS_STORE, Mem.at(Gpr.RDX), value);
        a.add(Gpr.RAX, target.lanes() * format.bytes);
        a.add(Gpr.RDX, target.isa().vectorBytes());
        a.sub(Gpr.RCX, 1);
        a.jump(Condition.NOT_EQUAL, next);
        target.convention().leave(a);
        return a.finish();
    }
}
