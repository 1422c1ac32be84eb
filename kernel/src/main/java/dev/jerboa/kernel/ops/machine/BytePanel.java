package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.GREATER;
import static dev.jerboa.kernel.ops.machine.asm.Gpr.*;
import static dev.jerboa.kernel.ops.machine.asm.Vec.ymm;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.kernel.ops.machine.Pieces.Piece;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;

/**
 * Emits what widens a tile of 8 bits to float32, for latent caches and for instruction sets whose products of bytes
 * {@link AttentionKernel} does not use.
 *
 * <pre>
 * latent     rows [position][dimension], scales behind each  → rows [position][dimension], which {@link LatentPanel} turns
 * otherwise  keys [group of 16][dimension / 4][16][4]        → [group of 16][dimension][16]
 *            values [position / 4][dimension][4]             → [position][dimension]
 * </pre>
 *
 * @param keyDim dimensions of a key head
 * @param valueDim dimensions of a value head; of no account with {@code latent}
 */
record BytePanel(int keyDim, int valueDim, int tile, boolean latent) {
    /** Argument: the address of the tile's keys, or rows. */
    static final int KEYS = 0;
    /** Argument: the address of the tile's values. */
    static final int VALUES = 1;
    /** Argument: where widened keys, or rows, go. */
    static final int KEYS_TO = 2;
    /** Argument: where widened values go. */
    static final int VALUES_TO = 3;

    private static final int LANES = 8;
    private static final Vec SCALE = ymm(1);

    /** Bytes of the widened keys, or rows. */
    long keyBytes() {
        return (long) keyDim * tile * Float.BYTES;
    }

    /** Bytes of the widened values. */
    long valueBytes() {
        return latent ? 0 : (long) valueDim * tile * Float.BYTES;
    }

    MachineCode emit(Target target) {
        Assembler a = target.assembler("byte panel " + keyDim + "/" + valueDim + " in " + tile);
        target.convention().enter(a);
        a.mov(RSI, argument(KEYS));
        a.mov(RDX, argument(KEYS_TO));
        if (latent) {
            rows(a);
        } else {
            keys(a);
            a.mov(RSI, argument(VALUES));
            a.mov(RDX, argument(VALUES_TO));
            values(a);
        }
        target.convention().leave(a);
        return a.finish();
    }

    private static Mem argument(int index) {
        return Mem.at(RDI, index * Long.BYTES);
    }

    private static Vec scale(Piece piece) {
        return piece.in(SCALE.number());
    }

    private static void scale(Assembler a, Mem from) {
        a.movzx16(RAX, from);
        a.shl(RAX, 16);
        a.vmovd(SCALE.x(), RAX);
        a.op(VBROADCASTSS, SCALE, SCALE.x());
    }

    private void rows(Assembler a) {
        a.mov(RCX, tile);
        Label nextRow = a.here();
        for (int block = 0; block < ByteRows.blocks(keyDim); block++) {
            scale(a, Mem.at(RSI, keyDim + block * Short.BYTES));
            for (Piece piece : Pieces.of(ByteRows.size(keyDim, block), LANES)) {
                int at = block * CacheType.BLOCK + piece.from();
                Vec x = piece.in(0);
                if (piece.single()) {
                    a.movzx8(RAX, Mem.at(RSI, at));
                    a.shl(RAX, 24);
                    a.vmovd(x, RAX);
                    a.op(VPSRAD, x, x, 24);
                } else {
                    a.op(VPMOVSXBD, x, Mem.at(RSI, at));
                }
                a.op(VCVTDQ2PS, x, x);
                a.op(VMULPS, x, x, scale(piece));
                a.op(piece.single() ? VMOVSS_STORE : VMOVUPS_STORE, Mem.at(RDX, at * Float.BYTES), x);
            }
        }
        a.add(RSI, (int) CacheType.Q8_0.keyBytes(keyDim, 1));
        a.add(RDX, keyDim * Float.BYTES);
        a.sub(RCX, 1);
        a.jump(GREATER, nextRow);
    }

    /** R8 goes through the scales, of which those of one block's positions lie together. */
    private void keys(Assembler a) {
        int group = CacheLayout.GROUP;
        a.lea(R8, Mem.at(RSI, keyDim * tile));
        a.mov(R9, tile / group);
        Label nextGroup = a.here();
        for (int block = 0; block < ByteRows.blocks(keyDim); block++) {
            for (int half = 0; half < 2; half++) {
                a.op(VPMOVZXWD, ymm(4 + half), Mem.at(R8, (block * tile + half * LANES) * Short.BYTES));
                a.op(VPSLLD, ymm(4 + half), ymm(4 + half), 16);
            }
            a.mov(RCX, ByteRows.size(keyDim, block) / 4);
            Label nextCell = a.here();
            for (int half = 0; half < 2; half++) {
                a.op(VMOVUPS, ymm(2), Mem.at(RSI, half * LANES * Integer.BYTES));
                a.op(VPXOR, ymm(2), ymm(2), a.constant(0x80808080, LANES));
                for (int i = 0; i < 4; i++) {
                    part(a, ymm(0), ymm(2), i);
                    a.op(VMULPS, ymm(0), ymm(0), ymm(4 + half));
                    a.op(VMOVUPS_STORE, Mem.at(RDX, (i * group + half * LANES) * Float.BYTES), ymm(0));
                }
            }
            a.add(RSI, 4 * group);
            a.add(RDX, 4 * group * Float.BYTES);
            a.sub(RCX, 1);
            a.jump(GREATER, nextCell);
        }
        a.add(R8, group * Short.BYTES);
        a.sub(R9, 1);
        a.jump(GREATER, nextGroup);
    }

    /** Byte {@code i} of each word, as a float. */
    private static void part(Assembler a, Vec to, Vec words, int i) {
        if (i < 3) {
            a.op(VPSLLD, to, words, 24 - 8 * i);
            a.op(VPSRAD, to, to, 24);
        } else {
            a.op(VPSRAD, to, words, 24);
        }
        a.op(VCVTDQ2PS, to, to);
    }

    private void values(Assembler a) {
        a.lea(R8, Mem.at(RSI, valueDim * tile));
        a.mov(RCX, tile / 4);
        Label nextFour = a.here();
        for (int i = 0; i < 4; i++) {
            scale(a, Mem.at(R8, i * Short.BYTES));
            for (Piece piece : Pieces.of(valueDim, LANES)) {
                Vec words = piece.in(2);
                Vec x = piece.in(0);
                a.op(piece.single() ? VMOVSS : VMOVUPS, words, Mem.at(RSI, piece.from() * Integer.BYTES));
                part(a, x, words, i);
                a.op(VMULPS, x, x, scale(piece));
                Mem to = Mem.at(RDX, (i * valueDim + piece.from()) * Float.BYTES);
                a.op(piece.single() ? VMOVSS_STORE : VMOVUPS_STORE, to, x);
            }
        }
        a.add(RSI, 4 * valueDim);
        a.add(RDX, 4 * valueDim * Float.BYTES);
        a.add(R8, 4 * Short.BYTES);
        a.sub(RCX, 1);
        a.jump(GREATER, nextFour);
    }
}
