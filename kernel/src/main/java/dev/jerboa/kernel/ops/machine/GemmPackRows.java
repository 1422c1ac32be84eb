package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Vec.xmm;
import static dev.jerboa.kernel.ops.machine.asm.Vec.ymm;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VMOVSS;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VMOVSS_STORE;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VMOVUPS;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VMOVUPS_STORE;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Assembler.Condition;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/**
 * Packs tiles of rows of an A that is stored transposed: the elements of one k lie beside each other, those of the next k right after
 * them. Where A lies, they are a whole stride apart, which caches hold few of when the stride is a power of two.
 *
 * @param rows of a tile
 */
record GemmPackRows(int rows) {
    /** Arguments: A, bytes from one k to the next, k, tiles, where to write, bytes from tile to tile. */
    static final int SOURCE = 0;

    static final int STRIDE = 1;
    static final int K = 2;
    static final int TILES = 3;
    static final int TARGET = 4;
    static final int TILE_BYTES = 5;

    private static final int YMM = 8;
    private static final int XMM = 4;

    MachineCode emit(Target target) {
        Assembler a = target.assembler("gemm pack rows " + rows);
        target.convention().enter(a);
        a.mov(Gpr.R8, Mem.at(Gpr.RDI, 8 * SOURCE));
        a.mov(Gpr.R9, Mem.at(Gpr.RDI, 8 * TARGET));
        a.mov(Gpr.R10, Mem.at(Gpr.RDI, 8 * STRIDE));
        a.mov(Gpr.R11, Mem.at(Gpr.RDI, 8 * TILE_BYTES));
        a.mov(Gpr.RBX, Mem.at(Gpr.RDI, 8 * K));
        Label depth = a.here();
        a.mov(Gpr.RSI, Gpr.R8);
        a.mov(Gpr.RDX, Gpr.R9);
        a.mov(Gpr.RCX, Mem.at(Gpr.RDI, 8 * TILES));
        Label tile = a.here();
        for (int i = 0; i < rows; ) {
            int size = rows - i >= YMM ? YMM : rows - i >= XMM ? XMM : 1;
            Vec value = size == YMM ? ymm(i) : xmm(i);
            a.op(size == 1 ? VMOVSS : VMOVUPS, value, Mem.at(Gpr.RSI, Float.BYTES * i));
            a.op(size == 1 ? VMOVSS_STORE : VMOVUPS_STORE, Mem.at(Gpr.RDX, Float.BYTES * i), value);
            i += size;
        }
        a.add(Gpr.RSI, Float.BYTES * rows);
        a.add(Gpr.RDX, Gpr.R11);
        a.sub(Gpr.RCX, 1);
        a.jump(Condition.NOT_EQUAL, tile);
        a.add(Gpr.R8, Gpr.R10);
        a.add(Gpr.R9, Float.BYTES * rows);
        a.sub(Gpr.RBX, 1);
        a.jump(Condition.NOT_EQUAL, depth);
        target.convention().leave(a);
        return a.finish();
    }
}
