package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Assembler.Condition.GREATER;
import static dev.jerboa.kernel.ops.machine.asm.Gpr.*;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.Pieces.Piece;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.util.function.ObjIntConsumer;

/**
 * Emits what turns a tile of latent rows, which are keys and values at once, into the forms that {@link AttentionKernel}
 * reads. Worth its while because the many query heads of latent attention share each tile.
 *
 * <pre>
 * F32, F16   rows [position][dimension] → keys [group of 16][dimension][16] in float32; values are read where they are
 * BF16       rows [position][dimension] → keys [group of 16][dimension / 2][16][2], values [position / 2][dimension][2]
 * </pre>
 *
 * @param keyDim elements of a row, a whole number of eighths of which are turned in squares, the rest one by one
 * @param tile positions of a tile
 */
record LatentPanel(CacheFormat format, int keyDim, int valueDim, int tile) {
    /** Argument: the address of the first row. */
    static final int ROWS = 0;
    /** Argument: where the keys go. */
    static final int KEYS = 1;
    /** Argument: where the values go; read for pairs only. */
    static final int VALUES = 2;

    /** Rows and words that are turned at a time. */
    static final int SQUARE = 8;

    /** The format of what is made of rows of {@code format}. */
    static CacheFormat keysOf(CacheFormat format) {
        return format == CacheFormat.F16 ? CacheFormat.F32 : format;
    }

    /** Bytes of the keys. */
    long keyBytes() {
        return (long) words() * tile * Integer.BYTES;
    }

    /** Bytes of the values. */
    long valueBytes() {
        return format.pairs() ? (long) tile / 2 * valueDim * Integer.BYTES : 0;
    }

    private int words() {
        return format.pairs() ? keyDim / 2 : keyDim;
    }

    /** Bytes of a row. */
    private int rowBytes() {
        return keyDim * (format == CacheFormat.F32 ? Float.BYTES : Short.BYTES);
    }

    MachineCode emit(Target target) {
        Assembler a = target.assembler("latent panel " + format + " " + keyDim + " in " + tile);
        target.convention().enter(a);
        keys(a);
        if (format.pairs()) {
            values(a);
        }
        target.convention().leave(a);
        return a.finish();
    }

    private void keys(Assembler a) {
        a.mov(RSI, Mem.at(RDI, ROWS * Long.BYTES));
        a.mov(RDX, Mem.at(RDI, KEYS * Long.BYTES));
        int wordBytes = format == CacheFormat.F16 ? Short.BYTES : Integer.BYTES;
        int squares = words() / SQUARE;
        a.mov(R8, tile / SQUARE);
        int half = SQUARE * Integer.BYTES;
        int rest = CacheLayout.GROUP * words() * Integer.BYTES - half;
        a.mov(R11, half);
        Label nextRows = a.here();
        a.mov(R9, RSI);
        a.mov(R10, RDX);
        if (squares > 0) {
            a.mov(RCX, squares);
            Label nextSquare = a.here();
            square(a);
            a.add(R9, SQUARE * wordBytes);
            a.add(R10, SQUARE * CacheLayout.GROUP * Integer.BYTES);
            a.sub(RCX, 1);
            a.jump(GREATER, nextSquare);
        }
        for (int w = 0; w < words() % SQUARE; w++) {
            for (int row = 0; row < SQUARE; row++) {
                Mem from = Mem.at(R9, row * rowBytes() + w * wordBytes);
                if (format == CacheFormat.F16) {
                    a.movzx16(RAX, from);
                    a.vmovd(Vec.xmm(0), RAX);
                    a.op(VCVTPH2PS, Vec.xmm(0), Vec.xmm(0));
                } else {
                    a.op(VMOVD, Vec.xmm(0), from);
                }
                a.op(VMOVD_STORE, Mem.at(R10, (w * CacheLayout.GROUP + row) * Integer.BYTES), Vec.xmm(0));
            }
        }
        a.add(RSI, SQUARE * rowBytes());
        a.add(RDX, R11);
        a.mov(RAX, half + rest);
        a.sub(RAX, R11);
        a.mov(R11, RAX);
        a.sub(R8, 1);
        a.jump(GREATER, nextRows);
    }

    /** Eight words of each of eight rows from R9, turned, to R10. */
    private void square(Assembler a) {
        for (int row = 0; row < SQUARE; row++) {
            a.op(format == CacheFormat.F16 ? VCVTPH2PS : VMOVUPS, Vec.ymm(row), Mem.at(R9, row * rowBytes()));
        }
        turn(a, (words, word) -> a.op(VMOVUPS_STORE, Mem.at(R10, word * CacheLayout.GROUP * Integer.BYTES), words));
    }

    /** Turns the square in YMM0 to YMM7; {@code out} takes each number of a word, and these words of the eight rows. */
    static void turn(Assembler a, ObjIntConsumer<Vec> out) {
        for (int i = 0; i < SQUARE; i += 2) {
            a.op(VUNPCKLPS, Vec.ymm(8 + i), Vec.ymm(i), Vec.ymm(i + 1));
            a.op(VUNPCKHPS, Vec.ymm(9 + i), Vec.ymm(i), Vec.ymm(i + 1));
        }
        for (int i = 0; i < SQUARE; i += 4) {
            a.op(VPUNPCKLQDQ, Vec.ymm(i), Vec.ymm(8 + i), Vec.ymm(10 + i));
            a.op(VPUNPCKHQDQ, Vec.ymm(i + 1), Vec.ymm(8 + i), Vec.ymm(10 + i));
            a.op(VPUNPCKLQDQ, Vec.ymm(i + 2), Vec.ymm(9 + i), Vec.ymm(11 + i));
            a.op(VPUNPCKHQDQ, Vec.ymm(i + 3), Vec.ymm(9 + i), Vec.ymm(11 + i));
        }
        for (int i = 0; i < 4; i++) {
            a.op(VPERM2I128, Vec.ymm(8), Vec.ymm(i), Vec.ymm(i + 4), 0x20);
            a.op(VPERM2I128, Vec.ymm(9), Vec.ymm(i), Vec.ymm(i + 4), 0x31);
            out.accept(Vec.ymm(8), i);
            out.accept(Vec.ymm(9), i + 4);
        }
    }

    /** Two rows at a time, their elements side by side. */
    private void values(Assembler a) {
        a.mov(RSI, Mem.at(RDI, ROWS * Long.BYTES));
        a.mov(RDX, Mem.at(RDI, VALUES * Long.BYTES));
        a.mov(RCX, tile / 2);
        Label nextPair = a.here();
        for (Piece piece : Pieces.of(valueDim, SQUARE)) {
            pair(a, piece, RSI, rowBytes(), RDX, R8);
        }
        a.add(RSI, 2 * rowBytes());
        a.add(RDX, valueDim * Integer.BYTES);
        a.sub(RCX, 1);
        a.jump(GREATER, nextPair);
    }

    /** Elements of 16 bits of two rows, {@code rowBytes} apart, side by side; changes RAX and {@code spare}. */
    static void pair(Assembler a, Piece piece, Gpr rows, int rowBytes, Gpr toRow, Gpr spare) {
        int from = piece.from() * Short.BYTES;
        Mem to = Mem.at(toRow, piece.from() * Integer.BYTES);
        if (piece.single()) {
            a.movzx16(RAX, Mem.at(rows, from));
            a.movzx16(spare, Mem.at(rows, rowBytes + from));
            a.shl(spare, 16);
            a.or(RAX, spare);
            a.mov32(to, RAX);
        } else {
            Vec even = piece.in(0);
            Vec odd = piece.in(1);
            a.op(VPMOVZXWD, even, Mem.at(rows, from));
            a.op(VPMOVZXWD, odd, Mem.at(rows, rowBytes + from));
            a.op(VPSLLD, odd, odd, 16);
            a.op(VPOR, even, even, odd);
            a.op(VMOVUPS_STORE, to, even);
        }
    }
}
