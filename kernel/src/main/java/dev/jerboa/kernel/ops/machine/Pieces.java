package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VMAXPS;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VPERM2I128;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VPSHUFD;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VSHUFI32X4;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import dev.jerboa.kernel.ops.machine.asm.VectorOp;
import java.util.ArrayList;
import java.util.List;

/** How a row of 32-bit columns is cut into registers. */
final class Pieces {
    /**
     * Columns {@code from} to {@code from + count − 1}, in one register.
     *
     * @param count a power of two; 1 stands alone in a 128-bit register
     */
    record Piece(int from, int count) {
        /** The register of this number that holds it. */
        Vec in(int number) {
            return new Vec(number, Math.max(16, count * Integer.BYTES));
        }

        boolean single() {
            return count == 1;
        }
    }

    private Pieces() {}

    /** {@code columns} in whole vectors of {@code lanes}, then ever smaller ones, at the end single columns. */
    static List<Piece> of(int columns, int lanes) {
        List<Piece> pieces = new ArrayList<>();
        int at = 0;
        for (int width = lanes; at < columns; ) {
            if (columns - at >= width) {
                pieces.add(new Piece(at, width));
                at += width;
            } else {
                width = width > 4 ? width / 2 : 1;
            }
        }
        return List.copyOf(pieces);
    }

    /** {@code pieces} in near-even groups of at most {@code most}. */
    static List<List<Piece>> groups(List<Piece> pieces, int most) {
        int groups = (pieces.size() + most - 1) / most;
        List<List<Piece>> cut = new ArrayList<>();
        for (int g = 0; g < groups; g++) {
            cut.add(pieces.subList(pieces.size() * g / groups, pieces.size() * (g + 1) / groups));
        }
        return cut;
    }

    /** Combines all lanes of {@code x} by {@link VectorOp#VMAXPS} or an addition; every lane ends with the result. */
    static void acrossLanes(Assembler a, VectorOp op, Vec x, Vec temporary) {
        if (x.bytes() == 64) {
            a.op(VSHUFI32X4, temporary, x, x, 0x4E);
            a.op(op, x, x, temporary);
            a.op(VSHUFI32X4, temporary, x, x, 0xB1);
            a.op(op, x, x, temporary);
        } else if (x.bytes() == 32) {
            a.op(VPERM2I128, temporary, x, x, 1);
            a.op(op, x, x, temporary);
        }
        a.op(VPSHUFD, temporary, x, 0x4E);
        a.op(op, x, x, temporary);
        a.op(VPSHUFD, temporary, x, 0xB1);
        a.op(op, x, x, temporary);
    }

    /** The largest lane of {@code x} in all of them. */
    static void largest(Assembler a, Vec x, Vec temporary) {
        acrossLanes(a, VMAXPS, x, temporary);
    }
}
