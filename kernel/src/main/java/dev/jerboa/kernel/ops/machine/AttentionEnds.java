package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.Pieces.Piece;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/** What comes before and after the tiles of {@link AttentionKernel}, for one row: its query brought in, its sums divided. */
final class AttentionEnds {
    private AttentionEnds() {}

    /** The register in which {@link Queries#row} finds what each element is multiplied by, in all lanes. */
    static Vec factor(Target target) {
        return target.vec(0);
    }

    /** The copying of a float32 query into a row of {@code format}, multiplied by {@link #factor}. */
    record Queries(CacheFormat format, int headDim) {
        void row(Assembler a, Target target, Gpr from, Gpr to) {
            Vec scale = factor(target);
            for (Piece piece : Pieces.of(headDim, target.lanes())) {
                Vec x = piece.in(1);
                Mem source = Mem.at(from, piece.from() * Float.BYTES);
                if (format == CacheFormat.BF16_PAIRS && piece.single()) {
                    if (piece.from() % 2 == 0) {
                        a.op(VMOVQ, x, source);
                        a.op(VMULPS, x, x, scale.x());
                        a.op(VCVTNEPS2BF16, x, x);
                        a.op(VMOVD_STORE, Mem.at(to, piece.from() * Short.BYTES), x);
                    }
                    continue;
                }
                a.op(piece.single() ? VMOVSS : VMOVUPS, x, source);
                a.op(VMULPS, x, x, new Vec(0, x.bytes()));
                if (format == CacheFormat.BF16_PAIRS) {
                    a.op(VCVTNEPS2BF16, x, x);
                    Mem place = Mem.at(to, piece.from() * Short.BYTES);
                    if (x.bytes() == 16) {
                        a.op(VMOVQ_STORE, place, x);
                    } else {
                        a.op(VMOVUPS_STORE, place, new Vec(1, x.bytes() / 2));
                    }
                } else {
                    Mem place = Mem.at(to, piece.from() * Float.BYTES);
                    a.op(piece.single() ? VMOVSS_STORE : VMOVUPS_STORE, place, x);
                }
            }
        }
    }

    /** The division of a row's sums by its total weight. */
    record Results(int valueDim) {
        void row(Assembler a, Target target, Gpr sums, Gpr totals, Gpr to) {
            Vec share = target.vec(0);
            Vec total = target.vec(2);
            a.op(VMOVUPS, total, Mem.at(totals));
            Pieces.acrossLanes(a, VADDPS, total, target.vec(1));
            a.op(VMOVUPS, share, a.constant(Float.floatToRawIntBits(1), target.lanes()));
            a.op(VDIVPS, share, share, total);
            for (Piece piece : Pieces.of(valueDim, target.lanes())) {
                Vec x = piece.in(1);
                int at = piece.from() * Float.BYTES;
                a.op(piece.single() ? VMOVSS : VMOVUPS, x, Mem.at(sums, at));
                a.op(VMULPS, x, x, new Vec(0, x.bytes()));
                a.op(piece.single() ? VMOVSS_STORE : VMOVUPS_STORE, Mem.at(to, at), x);
            }
        }
    }
}
