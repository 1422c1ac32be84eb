package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Vec.ymm;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.Loops.Pointer;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Operand;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.util.List;

/**
 * Rows of float32 to {@link ActivationRecord}s. Addresses need no alignment; nothing outside the rows is touched. A record
 * depends on its 32 inputs only.
 */
final class Quantiser {
    private static final int FROM = 0;
    private static final int FROM_STRIDE = 1;
    private static final int TO = 2;
    private static final int TO_STRIDE = 3;
    private static final int ROWS = 4;
    private static final int COLS = 5;

    private static final int FINITE = Float.floatToRawIntBits(Float.MAX_VALUE);
    private static final int LESS_OR_EQUAL = 2;

    /** Lane 4 of each register of a row of four lies in the upper half; this brings the dwords of packed bytes in order. */
    private static final int[] IN_ORDER = {0, 4, 1, 5, 2, 6, 3, 7};

    private static final Vec ONES = ymm(14);
    private static final Vec ORDER = ymm(15);

    private final Routines routines;

    Quantiser(Routines routines) {
        this.routines = routines;
    }

    /**
     * Quantises {@code rows} rows.
     *
     * @param from the first row's address; rows are {@code fromStride} bytes apart
     * @param to the first record's address; rows of records are {@code toStride} bytes apart
     * @param cols inputs of a row, a multiple of {@link ActivationRecord#INPUTS}
     */
    void run(Arguments arguments, long from, long fromStride, long to, long toStride, int rows, int cols) {
        if (cols % ActivationRecord.INPUTS != 0) {
            throw new IllegalArgumentException("rows of " + cols + " inputs are not whole records");
        }
        if (rows <= 0 || cols <= 0) {
            return;
        }
        arguments
                .set(FROM, from)
                .set(FROM_STRIDE, fromStride)
                .set(TO, to)
                .set(TO_STRIDE, toStride)
                .set(ROWS, rows)
                .set(COLS, cols);
        routines.get(Quantiser.class, Quantiser::emit).call(arguments.address());
    }

    private static MachineCode emit(Target target) {
        Assembler a = target.assembler("quantise");
        target.convention().enter(a);
        constants(a);
        Pointer from = new Pointer(Gpr.RSI, FROM, FROM_STRIDE);
        Pointer to = new Pointer(Gpr.R8, TO, TO_STRIDE);
        Loops.rows(a, Gpr.RCX, ROWS, List.of(from, to), () -> row(a, target, Gpr.RSI, Gpr.R8, COLS));
        target.convention().leave(a);
        return a.finish();
    }

    /**
     * Writes the records of the row at {@code from}, of as many floats as argument {@code count} says; changes RAX, RBX, RDX and
     * the vector registers 0 to 7. Kernels that make a row call it when the row is whole: block by block, the two chains of
     * dependent instructions would follow one another and leave the processor waiting.
     */
    static void row(Assembler a, Target target, Gpr from, Gpr to, int count) {
        a.mov(Gpr.RDX, to);
        Loops.blocks(a, count, ActivationRecord.INPUTS / Loops.LANES, steps -> {
            steps.forEach(step -> step.load(ymm(step.lane()), from));
            record(a, target, Gpr.RDX);
            a.add(Gpr.RDX, ActivationRecord.BYTES);
        });
    }

    /** Loads what {@link #row} keeps in the vector registers 14 and 15. */
    static void constants(Assembler a) {
        a.op(VMOVUPS, ONES, a.constant(0x01010101, 8));
        a.op(VMOVUPS, ORDER, a.constant(IN_ORDER));
    }

    /** Writes the record of the 32 values in the vector registers 0 to 3; changes 0 to 7. */
    private static void record(Assembler a, Target target, Gpr to) {
        Vec largest = ymm(4);
        Vec inverse = ymm(5);
        Vec usable = ymm(6);
        Vec finite = ymm(7);
        // Magnitudes compare as whole numbers, with NaN above everything.
        Mem magnitude = a.constant(0x7fffffff, 8);
        a.op(VPAND, ymm(4), ymm(0), magnitude);
        a.op(VPAND, ymm(5), ymm(1), magnitude);
        a.op(VPAND, ymm(6), ymm(2), magnitude);
        a.op(VPAND, ymm(7), ymm(3), magnitude);
        a.op(VPMAXSD, ymm(4), ymm(4), ymm(5));
        a.op(VPMAXSD, ymm(6), ymm(6), ymm(7));
        a.op(VPMAXSD, largest, ymm(4), ymm(6));
        a.op(VEXTRACTI128, (Operand) ymm(5).x(), largest, 1);
        a.op(VPMAXSD, largest.x(), largest.x(), ymm(5).x());
        a.op(VPSHUFD, ymm(5).x(), (Operand) largest.x(), Lanes.SWAP_HALVES);
        a.op(VPMAXSD, largest.x(), largest.x(), ymm(5).x());
        a.op(VPSHUFD, ymm(5).x(), (Operand) largest.x(), Lanes.SWAP_NEIGHBOURS);
        a.op(VPMAXSD, largest.x(), largest.x(), ymm(5).x());

        a.op(VCMPPS, finite.x(), largest.x(), a.constant(FINITE, 4), LESS_OR_EQUAL);
        Vec scale = largest;
        a.op(VDIVPS, scale.x(), largest.x(), a.constant(Float.floatToRawIntBits(127f), 4));
        a.op(VMOVUPS, inverse.x(), a.constant(Float.floatToRawIntBits(1f), 4));
        a.op(VDIVPS, inverse.x(), inverse.x(), scale.x());
        a.op(VCMPPS, usable.x(), inverse.x(), a.constant(FINITE, 4), LESS_OR_EQUAL);
        a.op(VPAND, usable.x(), usable.x(), finite.x());
        a.op(VPAND, scale.x(), scale.x(), usable.x());
        a.op(VPANDN, finite.x(), finite.x(), a.constant(Float.floatToRawIntBits(Float.NaN), 4));
        a.op(VPOR, scale.x(), scale.x(), finite.x());
        a.op(VBROADCASTSS, inverse, inverse.x());
        a.op(VPBROADCASTD, usable, usable.x());

        for (int i = 0; i < 4; i++) {
            a.op(VMULPS, ymm(i), ymm(i), inverse);
            a.op(VCVTPS2DQ, ymm(i), ymm(i));
        }
        Vec bytes = ymm(0);
        a.op(VPACKSSDW, ymm(0), ymm(0), ymm(1));
        a.op(VPACKSSDW, ymm(2), ymm(2), ymm(3));
        a.op(VPACKSSWB, bytes, ymm(0), ymm(2));
        a.op(VPAND, bytes, bytes, usable);
        a.op(VPERMD, bytes, ORDER, bytes);
        a.op(VMOVUPS_STORE, Mem.at(to), bytes);

        Vec low = ymm(1);
        Vec high = ymm(2);
        int factor = ActivationRecord.SUM_FACTOR & 0xffff;
        a.op(VPMADDUBSW, low, ONES, bytes);
        a.op(VPMADDWD, low, low, a.constant(factor << 16 | factor, 8));
        a.op(VPSHUFD, ymm(3), (Operand) low, Lanes.SWAP_HALVES);
        a.op(VPADDD, low, low, ymm(3));
        a.op(VPSHUFD, ymm(3), (Operand) low, Lanes.SWAP_NEIGHBOURS);
        a.op(VPADDD, low, low, ymm(3));
        a.op(VEXTRACTI128, (Operand) high.x(), low, 1);
        a.op(VPADDD, ymm(3).x(), low.x(), high.x());
        a.op(VPUNPCKLDQ, scale.x(), scale.x(), ymm(3).x());
        a.op(VPUNPCKLDQ, low.x(), low.x(), high.x());
        a.op(VPUNPCKLQDQ, scale.x(), scale.x(), low.x());
        a.op(VMOVUPS_STORE, Mem.at(to, ActivationRecord.SCALE), scale.x());
    }
}
