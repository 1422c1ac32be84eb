package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/**
 * Emits the transposing of stretches of R consecutive rows: column c is a vector with bytes 4c … 4c + 3 of every row, a row a
 * lane. Uses the general registers RCX, RDX, and R8 to R11.
 */
final class RowTranspose {
    /** Receives column {@code number}. */
    interface Columns {
        void column(int number, Vec column);
    }

    private static final Gpr[] ROWS = {Gpr.R8, Gpr.R9, Gpr.R10, Gpr.R11};

    private final Assembler a;
    private final Target target;
    private final boolean wide;
    private final int lanes;

    RowTranspose(Target target, Assembler a) {
        this.target = target;
        this.a = a;
        this.wide = target.isa().wide();
        this.lanes = target.lanes();
    }

    /** Points at the first of the rows; {@code rowBytes} is where the bytes from row to row are. */
    void begin(Mem first, Mem rowBytes) {
        a.mov(Gpr.R8, first);
        a.mov(Gpr.RDX, rowBytes);
        a.lea(Gpr.RCX, Mem.at(Gpr.RDX, Gpr.RDX, 2, 0));
        spread();
    }

    /** At the end of the rows: points at the first of the R rows after them. */
    void next() {
        a.lea(Gpr.R8, row(lanes - 1, 0));
        spread();
    }

    private void spread() {
        for (int q = 1; q < lanes / 4; q++) {
            a.lea(ROWS[q], Mem.at(ROWS[q - 1], Gpr.RDX, 4, 0));
        }
    }

    /** Moves along the rows. */
    void move(int bytes) {
        for (int q = 0; q < lanes / 4; q++) {
            a.add(ROWS[q], bytes);
        }
    }

    private Vec v(int number) {
        return target.vec(number);
    }

    /** The place {@code offset} bytes into row {@code number}. */
    Mem row(int number, int offset) {
        Gpr base = ROWS[number / 4];
        return switch (number % 4) {
            case 0 -> Mem.at(base, offset);
            case 1 -> Mem.at(base, Gpr.RDX, 1, offset);
            case 2 -> Mem.at(base, Gpr.RDX, 2, offset);
            default -> Mem.at(base, Gpr.RCX, 1, offset);
        };
    }

    /** 4 bytes of every row into the lanes of {@code into}; overwrites the next register. */
    void dwords(Vec into, int offset) {
        Vec part = v(into.number() + 1);
        for (int q = 0; q < lanes / 4; q++) {
            Vec x = q == 0 ? into.x() : part.x();
            a.op(VMOVD, x, row(4 * q, offset));
            for (int i = 1; i < 4; i++) {
                a.op(VPINSRD, x, x, row(4 * q + i, offset), i);
            }
            if (q > 0) {
                insert(into, part, q);
            }
        }
    }

    private void insert(Vec into, Vec part, int lane) {
        if (wide) {
            a.op(VINSERTI32X4, into, into, part.x(), lane);
        } else {
            a.op(VINSERTI128, into, into, part.x(), lane);
        }
    }

    /** 16 bytes of every row: columns into registers 0 to 3; overwrites 4 to 7. */
    void four(int offset) {
        for (int i = 0; i < 4; i++) {
            a.op(VMOVUPS, v(4 + i).x(), row(i, offset));
            for (int q = 1; q < lanes / 4; q++) {
                if (wide) {
                    a.op(VINSERTI32X4, v(4 + i), v(4 + i), row(4 * q + i, offset), q);
                } else {
                    a.op(VINSERTI128, v(4 + i), v(4 + i), row(4 * q + i, offset), q);
                }
            }
        }
        quads(4, 0);
        // 0, 1: columns 0 and 1 of rows 0 1 and 2 3 beside each other; 2, 3: columns 2 and 3.
        a.op(VPUNPCKHQDQ, v(4), v(0), v(1));
        a.op(VPUNPCKLQDQ, v(0), v(0), v(1));
        a.op(VPUNPCKHQDQ, v(5), v(2), v(3));
        a.op(VPUNPCKLQDQ, v(2), v(2), v(3));
        a.op(VMOVAPS, v(1), v(4));
        a.op(VMOVAPS, v(3), v(5));
    }

    /** Interleaves four registers from {@code from} by 32 bits into four from {@code to}: low pairs, then high pairs. */
    private void quads(int from, int to) {
        a.op(VPUNPCKLDQ, v(to), v(from), v(from + 1));
        a.op(VPUNPCKLDQ, v(to + 1), v(from + 2), v(from + 3));
        a.op(VPUNPCKHDQ, v(to + 2), v(from), v(from + 1));
        a.op(VPUNPCKHDQ, v(to + 3), v(from + 2), v(from + 3));
    }

    /** 32 bytes of every row: columns one after another, to be used at once. Overwrites registers 0 to 15. */
    void eight(int offset, Columns columns) {
        // Half the rows, then the other half; each gives columns c and c + 4 in alternating 128-bit lanes.
        for (int part = 0; part < 2; part++) {
            for (int i = 0; i < 4; i++) {
                int first = part * lanes / 2 + i;
                a.op(VMOVUPS, v(8 + i).y(), row(first, offset));
                if (wide) {
                    a.op(VINSERTI64X4, v(8 + i), v(8 + i), row(first + 4, offset), 1);
                }
            }
            quads(8, 12);
            a.op(VPUNPCKLQDQ, v(4 * part), v(12), v(13));
            a.op(VPUNPCKHQDQ, v(4 * part + 1), v(12), v(13));
            a.op(VPUNPCKLQDQ, v(4 * part + 2), v(14), v(15));
            a.op(VPUNPCKHQDQ, v(4 * part + 3), v(14), v(15));
        }
        for (int c = 0; c < 4; c++) {
            if (wide) {
                a.op(VSHUFI32X4, v(8), v(c), v(4 + c), 0x88);
                a.op(VSHUFI32X4, v(9), v(c), v(4 + c), 0xDD);
            } else {
                a.op(VPERM2I128, v(8), v(c), v(4 + c), 0x20);
                a.op(VPERM2I128, v(9), v(c), v(4 + c), 0x31);
            }
            columns.column(c, v(8));
            columns.column(c + 4, v(9));
        }
    }
}
