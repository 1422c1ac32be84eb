package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.util.Arrays;

/**
 * Emits Σ (code − zero) · q of published blocks of 16 rows with one token on 512-bit vectors: each row is multiplied as it lies,
 * and its sums brought into a lane after that, which takes half the shuffles of transposing the codes.
 *
 * <pre>
 * 64 bytes of a row → codes → products of 4 inputs in 16 lanes → two rows packed to 16 bits, neighbours added, again with
 * four rows: 128-bit lanes have one sum of each of four rows → the same lane of 16 rows side by side
 * </pre>
 *
 * <p>Sums of 8 products must fit 16 bits: codes of few bits, their zero taken off before where that needs it. Overwrites
 * registers 0 to 15 and 18 to 27.
 */
final class RowMajorDots {
    private static final int HIGH_PAIRS = 0x30303030;

    /** Lanes 0 and 2 of both vectors, and 1 and 3. */
    private static final int EVEN = 0x88;

    private static final int ODD = 0xDD;

    private final Target target;
    private final Assembler a;
    private final GroupFormat format;
    private final RowTranspose rows;
    private final BlockColumns columns;
    private final ByteDots dots;

    RowMajorDots(
            Target target, Assembler a, GroupFormat format, RowTranspose rows, BlockColumns columns, ByteDots dots) {
        this.target = target;
        this.a = a;
        this.format = format;
        this.rows = rows;
        this.columns = columns;
        this.dots = dots;
    }

    /** Whether it has the format. */
    static boolean suits(GroupFormat format) {
        return switch (format) {
            case Q4_0, Q4_1, Q4_K, Q6_K -> true;
            default -> false;
        };
    }

    /** Blocks of a unit that {@link #sums} does at once. */
    int blocks() {
        return Math.min(4, format.scales.blocks);
    }

    /**
     * Sums blocks {@code first} to {@code first + blocks() − 1} of the unit: registers from 20 on have them, block by block, the
     * halves of a block one after the other where those have scales of their own.
     *
     * @param record where the token's record of the unit's first block is
     */
    void sums(int first, Gpr record) {
        switch (format) {
            case Q4_0, Q4_1 -> nibbles(record);
            case Q4_K -> nibblesOfPairs(first, record);
            case Q6_K -> sixBits(first, record);
            default -> throw new IllegalStateException(format + " has sums of more than 16 bits");
        }
    }

    private Vec v(int number) {
        return target.vec(number);
    }

    /** 16 bytes of four rows in a vector, rows 4 apart, so that rows end up in order. */
    private void nibbles(Gpr record) {
        Vec ones = v(22);
        Vec low = v(25);
        Vec high = v(26);
        a.op(VMOVUPS, ones, ones());
        a.op(VMOVUPS, v(27), a.constant(BlockColumns.LOW_NIBBLES, 16));
        a.op(VBROADCASTI32X4, low, Mem.at(record));
        a.op(VBROADCASTI32X4, high, Mem.at(record, 16));
        int offset = columns.stretch(0);
        for (int j = 0; j < 4; j++) {
            Vec codes = v(8 + j);
            a.op(VMOVUPS, codes.x(), rows.row(j, offset));
            for (int q = 1; q < 4; q++) {
                a.op(VINSERTI32X4, codes, codes, rows.row(4 * q + j, offset), q);
            }
            a.op(VPANDD, v(12), codes, v(27));
            a.op(VPSRLD, codes, codes, 4);
            a.op(VPANDD, codes, codes, v(27));
            zero(v(j));
            a.op(VPDPBUSD, v(j), v(12), low);
            a.op(VPDPBUSD, v(j), codes, high);
        }
        merge(v(0), v(1), ones);
        merge(v(2), v(3), ones);
        a.op(VPACKSSDW, v(0), v(0), v(2));
        a.op(VPMADDWD, v(20), v(0), ones);
        if (format.zero > 0) {
            dots.zeroPoint(v(12), format.zero, Mem.at(record, ActivationRecord.INPUTS), 0);
            a.op(VPADDD, v(20), v(20), v(12));
        }
    }

    /** 64 bytes hold four blocks: 0 and 2 in the low nibbles of their halves, 1 and 3 in the high ones. */
    private void nibblesOfPairs(int first, Gpr record) {
        Vec low = v(25);
        Vec high = v(26);
        a.op(VMOVUPS, v(22), ones());
        a.op(VMOVUPS, v(27), a.constant(BlockColumns.LOW_NIBBLES, 16));
        inputs(low, record, first, first + 2);
        inputs(high, record, first + 1, first + 3);
        int offset = columns.stretch(first / 2);
        fours((row, lows, highs) -> {
            a.op(VMOVUPS, v(9), rows.row(row, offset));
            a.op(VPANDD, v(8), v(9), v(27));
            a.op(VPSRLD, v(9), v(9), 4);
            a.op(VPANDD, v(9), v(9), v(27));
            zero(lows);
            zero(highs);
            a.op(VPDPBUSD, lows, v(8), low);
            a.op(VPDPBUSD, highs, v(9), high);
        });
        for (int odd = 0; odd < 2; odd++) {
            int from = 4 * odd;
            for (int pair = 0; pair < 2; pair++) {
                Vec left = v(from + 2 * pair);
                Vec right = v(from + 2 * pair + 1);
                a.op(VSHUFI32X4, v(8 + pair), left, right, EVEN);
                a.op(VSHUFI32X4, v(10 + pair), left, right, ODD);
                a.op(VPADDD, v(8 + pair), v(8 + pair), v(10 + pair));
            }
            a.op(VSHUFI32X4, v(20 + odd), v(8), v(9), EVEN);
            a.op(VSHUFI32X4, v(22 + odd), v(8), v(9), ODD);
        }
    }

    /** 64 bytes hold the low nibbles of four blocks, 0 and 1 below 2 and 3; 32 bytes their high pairs, one above the other. */
    private void sixBits(int first, Gpr record) {
        Vec low = v(25);
        Vec high = v(26);
        Vec lowZero = v(27);
        Vec highZero = v(19);
        a.op(VMOVUPS, v(20), a.constant(BlockColumns.LOW_NIBBLES, 16));
        a.op(VMOVUPS, v(21), a.constant(HIGH_PAIRS, 16));
        a.op(VMOVUPS, v(22), ones());
        a.op(VMOVUPS, v(23), halves(4, 2));
        a.op(VMOVUPS, v(24), halves(0, 2));
        inputs(low, record, first, first + 1);
        inputs(high, record, first + 2, first + 3);
        zeroPoint(lowZero, low);
        zeroPoint(highZero, high);
        int offset = columns.stretch(first / 2);
        int pairs = columns.stretch(4 + first / 4);
        fours((row, lows, highs) -> {
            a.op(VMOVUPS, v(9), rows.row(row, offset));
            a.op(VBROADCASTI64X4, v(18), rows.row(row, pairs));
            a.op(VPANDD, v(8), v(9), v(20));
            a.op(VPSRLD, v(9), v(9), 4);
            a.op(VPANDD, v(9), v(9), v(20));
            a.op(VPSLLVD, lows, v(18), v(23));
            a.op(VPTERNLOGD, v(8), lows, v(21), 0xF8);
            a.op(VPSRLVD, highs, v(18), v(24));
            a.op(VPTERNLOGD, v(9), highs, v(21), 0xF8);
            a.op(VMOVAPS, lows, lowZero);
            a.op(VMOVAPS, highs, highZero);
            a.op(VPDPBUSD, lows, v(8), low);
            a.op(VPDPBUSD, highs, v(9), high);
        });
        for (int upper = 0; upper < 2; upper++) {
            int from = 4 * upper;
            for (int pair = 0; pair < 2; pair++) {
                Vec left = v(from + 2 * pair);
                Vec right = v(from + 2 * pair + 1);
                a.op(VSHUFI32X4, v(8 + pair), left, right, EVEN);
                a.op(VSHUFI32X4, v(10 + pair), left, right, ODD);
            }
            for (int half = 0; half < 2; half++) {
                a.op(VSHUFI32X4, v(20 + from + half), v(8 + 2 * half), v(9 + 2 * half), EVEN);
                a.op(VSHUFI32X4, v(22 + from + half), v(8 + 2 * half), v(9 + 2 * half), ODD);
            }
        }
    }

    /** Multiplies 64 bytes of a row: products of 4 inputs, those of low codes and those of high ones. */
    private interface Row {
        void multiply(int row, Vec low, Vec high);
    }

    /** All rows, four at a time: sums of low codes in registers 0 to 3, of high ones in 4 to 7, four rows' in 128-bit lanes. */
    private void fours(Row row) {
        Vec ones = v(22);
        for (int i = 0; i < 4; i++) {
            for (int pair = 0; pair < 2; pair++) {
                Vec low = v(pair == 0 ? i : 12);
                Vec high = v(pair == 0 ? 4 + i : 13);
                row.multiply(4 * i + 2 * pair, low, high);
                row.multiply(4 * i + 2 * pair + 1, v(14), v(15));
                merge(low, v(14), ones);
                merge(high, v(15), ones);
            }
            merge(v(i), v(12), ones);
            merge(v(4 + i), v(13), ones);
        }
    }

    /** Packs to 16 bits and adds neighbours: {@code left} then has half as many sums of each. */
    private void merge(Vec left, Vec right, Vec ones) {
        a.op(VPACKSSDW, left, left, right);
        a.op(VPMADDWD, left, left, ones);
    }

    /** The inputs of two blocks side by side. */
    private void inputs(Vec into, Gpr record, int first, int second) {
        a.op(VMOVUPS, into.y(), Mem.at(record, first * ActivationRecord.BYTES));
        a.op(VINSERTI64X4, into, into, Mem.at(record, second * ActivationRecord.BYTES), 1);
    }

    /** {@code into} = −zero · the sum of each 4 inputs; overwrites register 8. */
    private void zeroPoint(Vec into, Vec inputs) {
        zero(into);
        zero(v(8));
        a.op(VPDPBUSD, v(8), vector(format.zero * 0x01010101), inputs);
        a.op(VPSUBD, into, into, v(8));
    }

    private Vec vector(int value) {
        a.op(VMOVUPS, v(9), a.constant(value, 16));
        return v(9);
    }

    private void zero(Vec register) {
        a.op(VPXORD, register, register, register);
    }

    private Mem ones() {
        return a.constant(0x00010001, 16);
    }

    private Mem halves(int low, int high) {
        int[] values = new int[16];
        Arrays.fill(values, 0, 8, low);
        Arrays.fill(values, 8, 16, high);
        return a.constant(values);
    }
}
