package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Assembler.Condition;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/** Spreads R rows of plain numbers over their lanes of a row group, {@link #stretch} inputs at a time. */
record FloatPackKernel(FloatFormat format) {
    /** Arguments: the first row, bytes from row to row, stretches of 32 bytes, where the first input's lanes are. */
    static final int SOURCE = 0;

    static final int ROW_BYTES = 1;
    static final int STRETCHES = 2;
    static final int GROUP = 3;

    private static final int STRETCH_BYTES = 32;

    /** Inputs of a stretch. */
    int stretch() {
        return STRETCH_BYTES / format.bytes;
    }

    MachineCode emit(Target target) {
        Assembler a = target.assembler("pack " + format);
        RowTranspose rows = new RowTranspose(target, a);
        int step = FloatFormat.rows(target) * format.bytes;
        boolean wide = target.isa().wide();
        Vec spread = target.vec(14);
        Vec order = target.vec(15);
        Vec value = target.vec(10);
        target.convention().enter(a);
        rows.begin(Mem.at(Gpr.RDI, 8 * SOURCE), Mem.at(Gpr.RDI, 8 * ROW_BYTES));
        a.mov(Gpr.RBP, Mem.at(Gpr.RDI, 8 * STRETCHES));
        a.mov(Gpr.RSI, Mem.at(Gpr.RDI, 8 * GROUP));
        Label next = a.here();
        rows.eight(0, (c, column) -> {
            if (format.bytes == 4) {
                a.op(VMOVUPS_STORE, Mem.at(Gpr.RSI, c * step), column);
                return;
            }
            // Registers 10 to 15 are free again once the first columns come.
            for (int e = 0; e < 4 / format.bytes; e++) {
                a.op(VMOVUPS, spread, bytesOf(a, target, e));
                a.op(VPSHUFB, value, column, spread);
                Mem to = Mem.at(Gpr.RSI, (c * 4 / format.bytes + e) * step);
                if (format.bytes == 2 && !wide) {
                    a.op(VPERMQ, value, value, 0x08);
                    a.op(VMOVUPS_STORE, to, value.x());
                } else {
                    a.op(VMOVUPS, order, packed(a, target));
                    a.op(VPERMD, value, order, value);
                    if (format.bytes == 2) {
                        a.op(VMOVUPS_STORE, to, value.y());
                    } else if (wide) {
                        a.op(VMOVUPS_STORE, to, value.x());
                    } else {
                        a.op(VMOVQ_STORE, to, value.x());
                    }
                }
            }
        });
        rows.move(STRETCH_BYTES);
        a.add(Gpr.RSI, stretch() * step);
        a.sub(Gpr.RBP, 1);
        a.jump(Condition.NOT_EQUAL, next);
        target.convention().leave(a);
        return a.finish();
    }

    /** Which bytes of each 128-bit lane are element {@code e} of its columns: first in the lane, in order. */
    private Mem bytesOf(Assembler a, Target target, int e) {
        byte[] from = new byte[target.isa().vectorBytes()];
        for (int i = 0; i < from.length; i++) {
            int place = i % 16;
            int lane = place / format.bytes;
            from[i] = (byte) (lane < 4 ? 4 * lane + e * format.bytes + place % format.bytes : 0x80);
        }
        return a.constant(from);
    }

    /** Brings the first elements of all 128-bit lanes together. */
    private Mem packed(Assembler a, Target target) {
        int[] from = new int[target.lanes()];
        for (int i = 0; i < from.length; i++) {
            from[i] = format.bytes == 2 ? i / 2 % (from.length / 4) * 4 + i % 2 : i % (from.length / 4) * 4;
        }
        return a.constant(from);
    }
}
