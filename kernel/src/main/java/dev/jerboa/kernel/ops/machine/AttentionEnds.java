package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.GREATER;
import static dev.jerboa.kernel.ops.machine.asm.Gpr.*;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.Pieces.Piece;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/** What comes before and after {@link AttentionKernel}: queries brought together, sums divided and handed out. */
final class AttentionEnds {
    /** Argument: the address of one address a row: of the query, or of the result. */
    static final int ADDRESSES = 0;

    static final int ROW_COUNT = 1;
    /** Argument of {@link Queries}: where the rows go. */
    static final int TO = 2;
    /** Argument of {@link Queries}: what each element is multiplied by. */
    static final int SCALE = 3;
    /** Argument of {@link Results}. */
    static final int SUMS = 2;
    /** Argument of {@link Results}. */
    static final int TOTALS = 3;

    private AttentionEnds() {}

    /** Emits the copying of scattered float32 queries into rows of {@code format}, multiplied by the scale. */
    record Queries(CacheFormat format, int headDim) {
        MachineCode emit(Target target) {
            Assembler a = target.assembler("attention queries " + format + " " + headDim);
            target.convention().enter(a);
            a.mov(RSI, argument(ADDRESSES));
            a.mov(RCX, argument(ROW_COUNT));
            a.mov(RDX, argument(TO));
            Vec scale = target.vec(0);
            a.op(VBROADCASTSS, scale, argument(SCALE));
            Label loop = a.here();
            a.mov(RAX, Mem.at(RSI));
            for (Piece piece : Pieces.of(headDim, target.lanes())) {
                Vec x = piece.in(1);
                Mem from = Mem.at(RAX, piece.from() * Float.BYTES);
                if (format == CacheFormat.BF16_PAIRS && piece.single()) {
                    if (piece.from() % 2 == 0) {
                        a.op(VMOVQ, x, from);
                        a.op(VMULPS, x, x, scale.x());
                        a.op(VCVTNEPS2BF16, x, x);
                        a.op(VMOVD_STORE, Mem.at(RDX, piece.from() * Short.BYTES), x);
                    }
                    continue;
                }
                a.op(piece.single() ? VMOVSS : VMOVUPS, x, from);
                a.op(VMULPS, x, x, new Vec(0, x.bytes()));
                if (format == CacheFormat.BF16_PAIRS) {
                    a.op(VCVTNEPS2BF16, x, x);
                    Mem to = Mem.at(RDX, piece.from() * Short.BYTES);
                    if (x.bytes() == 16) {
                        a.op(VMOVQ_STORE, to, x);
                    } else {
                        a.op(VMOVUPS_STORE, to, new Vec(1, x.bytes() / 2));
                    }
                } else {
                    Mem to = Mem.at(RDX, piece.from() * Float.BYTES);
                    a.op(piece.single() ? VMOVSS_STORE : VMOVUPS_STORE, to, x);
                }
            }
            a.add(RSI, Long.BYTES);
            a.add(RDX, format.queryBytes(headDim));
            a.sub(RCX, 1);
            a.jump(GREATER, loop);
            target.convention().leave(a);
            return a.finish();
        }
    }

    /** Emits the division of each row's sums by its total weight, into scattered rows. */
    record Results(int valueDim) {
        MachineCode emit(Target target) {
            Assembler a = target.assembler("attention results " + valueDim);
            target.convention().enter(a);
            a.mov(RSI, argument(ADDRESSES));
            a.mov(RCX, argument(ROW_COUNT));
            a.mov(RDX, argument(SUMS));
            a.mov(R8, argument(TOTALS));
            Vec share = target.vec(0);
            Vec total = target.vec(2);
            Label loop = a.here();
            a.mov(RAX, Mem.at(RSI));
            a.op(VMOVUPS, total, Mem.at(R8));
            Pieces.acrossLanes(a, VADDPS, total, target.vec(1));
            a.op(VMOVUPS, share, a.constant(Float.floatToRawIntBits(1), target.lanes()));
            a.op(VDIVPS, share, share, total);
            for (Piece piece : Pieces.of(valueDim, target.lanes())) {
                Vec x = piece.in(1);
                int at = piece.from() * Float.BYTES;
                a.op(piece.single() ? VMOVSS : VMOVUPS, x, Mem.at(RDX, at));
                a.op(VMULPS, x, x, new Vec(0, x.bytes()));
                a.op(piece.single() ? VMOVSS_STORE : VMOVUPS_STORE, Mem.at(RAX, at), x);
            }
            a.add(RSI, Long.BYTES);
            a.add(RDX, valueDim * Float.BYTES);
            a.add(R8, target.isa().vectorBytes());
            a.sub(RCX, 1);
            a.jump(GREATER, loop);
            target.convention().leave(a);
            return a.finish();
        }
    }

    private static Mem argument(int index) {
        return Mem.at(RDI, index * Long.BYTES);
    }
}
