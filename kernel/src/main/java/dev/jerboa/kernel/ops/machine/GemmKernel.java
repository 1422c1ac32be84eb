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
 * Multiplies tiles of up to {@link #maxRows} rows of A by strips of a packed B ({@link GemmPack}): strip by strip, which the first-level
 * cache holds meanwhile, all tiles. The rows' elements are broadcast where they lie; the sums of a tile stay in registers and take
 * their products one after another.
 *
 * @param rows of A and C
 * @param vectors of a strip: 2, or 3 where so many columns need fewer strips
 * @param columns whether A is stored transposed: elements of one k beside each other
 * @param resume whether sums begin at what C holds, not at zero
 */
record GemmKernel(int rows, int vectors, boolean columns, boolean resume) {
    /** Arguments: A, bytes from one of its rows (or k) to the next and from tile to tile, tiles, k. */
    static final int A = 0;

    static final int A_STRIDE = 1;
    static final int A_TILE = 2;
    static final int TILES = 3;
    static final int K = 4;

    /** Packed B, bytes from strip to strip, strips. */
    static final int B = 5;

    static final int STRIP_BYTES = 6;
    static final int STRIPS = 7;

    /** C, bytes between its rows and from tile to tile. */
    static final int C = 8;

    static final int C_STRIDE = 9;
    static final int C_TILE = 10;

    private static final int UNROLL = 4;
    private static final Gpr[] BASES = {Gpr.R8, Gpr.R9, Gpr.R10};

    /** Rows that leave registers for the columns of a strip. */
    static int maxRows(Target target, int vectors) {
        int registers = target.isa().wide() ? 32 : 16;
        return Math.min(12, (registers - vectors - 1) / vectors);
    }

    /** Vectors of a strip that {@code columns} columns need the fewest of. */
    static int vectors(Target target, int columns) {
        int lanes = target.lanes();
        return Math.ceilDiv(columns, 3 * lanes) * 3 < Math.ceilDiv(columns, 2 * lanes) * 2 && columns <= 3 * lanes
                ? 3
                : 2;
    }

    MachineCode emit(Target target) {
        Assembler a = target.assembler(
                "gemm " + rows + " x " + vectors + (columns ? " columns" : " rows") + (resume ? " resumed" : ""));
        int bytes = target.isa().vectorBytes();
        int stripBytes = vectors * bytes;
        target.convention().enter(a);
        a.mov(Gpr.R12, Mem.at(Gpr.RDI, 8 * B));
        a.mov(Gpr.R14, Mem.at(Gpr.RDI, 8 * STRIPS));
        a.mov(Gpr.R15, Mem.at(Gpr.RDI, 8 * C_STRIDE));
        a.mov(Gpr.RDX, Mem.at(Gpr.RDI, 8 * A_STRIDE));
        a.lea(Gpr.RBX, Mem.at(Gpr.RDX, Gpr.RDX, 2, 0));
        Label strip = a.here();
        a.mov(Gpr.R11, Mem.at(Gpr.RDI, 8 * A));
        a.mov(Gpr.R13, Mem.at(Gpr.RDI, 8 * C));
        a.mov(Gpr.RBP, Mem.at(Gpr.RDI, 8 * TILES));
        Label tile = a.here();
        begin(a, target);
        a.mov(Gpr.RSI, Gpr.R12);
        a.mov(BASES[0], Gpr.R11);
        for (int i = 1; i < bases(); i++) {
            a.lea(BASES[i], Mem.at(BASES[i - 1], Gpr.RDX, 4, 0));
        }
        a.mov(Gpr.RCX, Mem.at(Gpr.RDI, 8 * K));
        Label rest = a.label();
        Label done = a.label();
        a.sub(Gpr.RCX, UNROLL);
        a.jump(Condition.LESS, rest);
        a.align(32);
        Label next = a.here();
        for (int u = 0; u < UNROLL; u++) {
            products(a, target, u, stripBytes);
        }
        advance(a, UNROLL, stripBytes);
        a.sub(Gpr.RCX, UNROLL);
        a.jump(Condition.GREATER_OR_EQUAL, next);
        a.place(rest);
        a.add(Gpr.RCX, UNROLL);
        a.jump(Condition.EQUAL, done);
        Label one = a.here();
        products(a, target, 0, stripBytes);
        advance(a, 1, stripBytes);
        a.sub(Gpr.RCX, 1);
        a.jump(Condition.NOT_EQUAL, one);
        a.place(done);
        a.mov(Gpr.RAX, Gpr.R13);
        for (int i = 0; i < rows; i++) {
            for (int v = 0; v < vectors; v++) {
                a.op(VMOVUPS_STORE, Mem.at(Gpr.RAX, v * bytes), sum(target, i, v));
            }
            a.add(Gpr.RAX, Gpr.R15);
        }
        a.add(Gpr.R11, Mem.at(Gpr.RDI, 8 * A_TILE));
        a.add(Gpr.R13, Mem.at(Gpr.RDI, 8 * C_TILE));
        a.sub(Gpr.RBP, 1);
        a.jump(Condition.NOT_EQUAL, tile);
        a.add(Gpr.R12, Mem.at(Gpr.RDI, 8 * STRIP_BYTES));
        a.mov(Gpr.RAX, Mem.at(Gpr.RDI, 8 * C));
        a.add(Gpr.RAX, stripBytes);
        a.mov(Mem.at(Gpr.RDI, 8 * C), Gpr.RAX);
        a.sub(Gpr.R14, 1);
        a.jump(Condition.NOT_EQUAL, strip);
        target.convention().leave(a);
        return a.finish();
    }

    private int bases() {
        return columns ? 1 : (rows + 3) / 4;
    }

    private void begin(Assembler a, Target target) {
        int bytes = target.isa().vectorBytes();
        if (resume) {
            a.mov(Gpr.RAX, Gpr.R13);
        }
        for (int i = 0; i < rows; i++) {
            for (int v = 0; v < vectors; v++) {
                Vec sum = sum(target, i, v);
                if (resume) {
                    a.op(VMOVUPS, sum, Mem.at(Gpr.RAX, v * bytes));
                } else {
                    a.op(target.isa().wide() ? VPXORD : VPXOR, sum, sum, sum);
                }
            }
            if (resume) {
                a.add(Gpr.RAX, Gpr.R15);
            }
        }
    }

    /** The products of one k, {@code ahead} of where the pointers stand. */
    private void products(Assembler a, Target target, int ahead, int stripBytes) {
        boolean wide = target.isa().wide();
        int bytes = target.isa().vectorBytes();
        int first = vectors * maxRows(target, vectors);
        for (int v = 0; v < vectors; v++) {
            a.op(VMOVUPS, target.vec(first + v), Mem.at(Gpr.RSI, ahead * stripBytes + v * bytes));
        }
        Vec input = target.vec(first + vectors);
        for (int i = 0; i < rows; i++) {
            Mem element = element(i, ahead);
            if (!wide) {
                a.op(VBROADCASTSS, input, element);
            }
            for (int v = 0; v < vectors; v++) {
                a.op(VFMADD231PS, sum(target, i, v), target.vec(first + v), wide ? element.toAll() : input);
            }
        }
    }

    private Mem element(int row, int ahead) {
        if (columns) {
            return of(BASES[0], ahead, 4 * row);
        }
        return of(BASES[row / 4], row % 4, 4 * ahead);
    }

    /** {@code base + strides · A's stride + offset}, up to three strides. */
    private static Mem of(Gpr base, int strides, int offset) {
        return switch (strides) {
            case 0 -> Mem.at(base, offset);
            case 1 -> Mem.at(base, Gpr.RDX, 1, offset);
            case 2 -> Mem.at(base, Gpr.RDX, 2, offset);
            default -> Mem.at(base, Gpr.RBX, 1, offset);
        };
    }

    private void advance(Assembler a, int by, int stripBytes) {
        a.add(Gpr.RSI, by * stripBytes);
        for (int i = 0; i < bases(); i++) {
            if (columns) {
                a.lea(BASES[i], Mem.at(BASES[i], Gpr.RDX, by, 0));
            } else {
                a.add(BASES[i], 4 * by);
            }
        }
    }

    private Vec sum(Target target, int row, int vector) {
        return target.vec(vectors * row + vector);
    }
}
