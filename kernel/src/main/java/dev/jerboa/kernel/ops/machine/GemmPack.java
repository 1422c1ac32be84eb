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
 * Packs one whole strip of B, or one vector's width of it where B is stored transposed: for each k the strip's columns beside
 * each other.
 *
 * @param transposed whether B's rows are columns of the strip
 * @param vectors of a strip
 */
record GemmPack(boolean transposed, int vectors) {
    /** Arguments: where to read, bytes from row to row, groups of 8 k, k beyond them, where to write. */
    static final int SOURCE = 0;

    static final int STRIDE = 1;
    static final int EIGHTS = 2;
    static final int REST = 3;
    static final int STRIP = 4;

    MachineCode emit(Target target) {
        Assembler a = target.assembler("gemm pack" + (transposed ? " transposed" : ""));
        target.convention().enter(a);
        a.mov(Gpr.RSI, Mem.at(Gpr.RDI, 8 * STRIP));
        int stripBytes = vectors * target.isa().vectorBytes();
        if (transposed) {
            RowTranspose rows = new RowTranspose(target, a);
            rows.begin(Mem.at(Gpr.RDI, 8 * SOURCE), Mem.at(Gpr.RDI, 8 * STRIDE));
            loop(a, EIGHTS, () -> {
                rows.eight(0, (c, column) -> a.op(VMOVUPS_STORE, Mem.at(Gpr.RSI, c * stripBytes), column));
                rows.move(32);
                a.add(Gpr.RSI, 8 * stripBytes);
            });
            loop(a, REST, () -> {
                rows.dwords(target.vec(0), 0);
                a.op(VMOVUPS_STORE, Mem.at(Gpr.RSI), target.vec(0));
                rows.move(4);
                a.add(Gpr.RSI, stripBytes);
            });
        } else {
            a.mov(Gpr.R8, Mem.at(Gpr.RDI, 8 * SOURCE));
            a.mov(Gpr.RDX, Mem.at(Gpr.RDI, 8 * STRIDE));
            loop(a, EIGHTS, () -> {
                for (int i = 0; i < 8; i++) {
                    copy(a, target, i * stripBytes);
                }
                a.add(Gpr.RSI, 8 * stripBytes);
            });
            loop(a, REST, () -> {
                copy(a, target, 0);
                a.add(Gpr.RSI, stripBytes);
            });
        }
        target.convention().leave(a);
        return a.finish();
    }

    private void copy(Assembler a, Target target, int to) {
        int bytes = target.isa().vectorBytes();
        for (int v = 0; v < vectors; v++) {
            Vec value = target.vec(v);
            a.op(VMOVUPS, value, Mem.at(Gpr.R8, v * bytes));
            a.op(VMOVUPS_STORE, Mem.at(Gpr.RSI, to + v * bytes), value);
        }
        a.add(Gpr.R8, Gpr.RDX);
    }

    /** Runs the body as often as argument {@code count} says, maybe never; RBX counts. */
    private static void loop(Assembler a, int count, Runnable body) {
        Label done = a.label();
        a.mov(Gpr.RBX, Mem.at(Gpr.RDI, 8 * count));
        a.cmp(Gpr.RBX, 0);
        a.jump(Condition.EQUAL, done);
        Label next = a.here();
        body.run();
        a.sub(Gpr.RBX, 1);
        a.jump(Condition.NOT_EQUAL, next);
        a.place(done);
    }
}
