package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Vec.ymm;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.Loops.Pointer;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.util.List;
import java.util.function.Function;

/**
 * RMS norm: {@code out = x / √(mean(x²) + eps) · weight} over rows or over stretches of rows.
 *
 * <p>Squares are summed in float32 by fused multiply-adds into 32 sums, float i of the row's whole groups of 32 into sum i mod
 * 32, floats after those into the first 8 in turn; then the four groups of 8 pairwise, then halves onto each other. So a row's
 * bits depend on nothing but the row. A row whose sum of squares passes the largest float gives zeros (NaN where it has an
 * infinity); NaN makes the whole row NaN.
 */
final class Norm {
    private static final int FROM = 0;
    private static final int FROM_STRIDE = 1;
    private static final int TO = 2;
    private static final int TO_STRIDE = 3;
    private static final int ROWS = 4;
    private static final int SIZE = 5;
    private static final int SIZE_FLOAT = 6;
    private static final int WEIGHT = 7;
    private static final int EPS = 8;
    private static final int RECORDS = 9;
    private static final int RECORDS_STRIDE = 10;
    private static final int SEGMENTS = 11;
    private static final int SEGMENT_STRIDE = 12;

    private static final int SUMS = 4;
    private static final int FIRST_SUM = 4;
    private static final Vec SCALE = ymm(12);
    private static final Gpr ROW = Gpr.RSI;
    private static final Gpr OUT = Gpr.R9;
    private static final Gpr WEIGHTS = Gpr.R10;

    private enum Form implements Function<Target, MachineCode> {
        ROWS_ALONE,
        ROWS_AND_RECORDS,
        IN_PLACE;

        @Override
        public MachineCode apply(Target target) {
            return emit(target, this);
        }
    }

    private final Routines routines;

    Norm(Routines routines) {
        this.routines = routines;
    }

    /**
     * Norm of {@code rows} rows of {@code size} floats; {@code to} may be {@code from}. Addresses and strides are in bytes.
     */
    void rows(
            Arguments arguments,
            long from,
            long fromStride,
            long to,
            long toStride,
            int rows,
            int size,
            long weight,
            float eps) {
        if (rows <= 0 || size <= 0) {
            return;
        }
        arguments.set(FROM, from).set(FROM_STRIDE, fromStride).set(TO, to).set(TO_STRIDE, toStride);
        shape(arguments, rows, size, weight, eps);
        routines.get(Form.ROWS_ALONE, Form.ROWS_ALONE).call(arguments.address());
    }

    /**
     * {@link #rows}, and each result's {@link ActivationRecord}s at {@code records}, the same that {@link Quantiser} makes.
     *
     * @param size a multiple of {@link ActivationRecord#INPUTS}
     */
    void rowsAndRecords(
            Arguments arguments,
            long from,
            long fromStride,
            long to,
            long toStride,
            long records,
            long recordsStride,
            int rows,
            int size,
            long weight,
            float eps) {
        if (size % ActivationRecord.INPUTS != 0) {
            throw new IllegalArgumentException("rows of " + size + " floats are not whole records");
        }
        if (rows <= 0 || size <= 0) {
            return;
        }
        arguments.set(FROM, from).set(FROM_STRIDE, fromStride).set(TO, to).set(TO_STRIDE, toStride);
        arguments.set(RECORDS, records).set(RECORDS_STRIDE, recordsStride);
        shape(arguments, rows, size, weight, eps);
        routines.get(Form.ROWS_AND_RECORDS, Form.ROWS_AND_RECORDS).call(arguments.address());
    }

    /**
     * Norm in place of {@code segments} stretches of {@code size} floats in each of {@code rows} rows.
     *
     * @param x the first stretch's address; stretches are {@code segmentStride} bytes apart, rows {@code stride} bytes
     */
    void inPlace(
            Arguments arguments,
            long x,
            long stride,
            int rows,
            int segments,
            long segmentStride,
            int size,
            long weight,
            float eps) {
        if (rows <= 0 || segments <= 0 || size <= 0) {
            return;
        }
        arguments.set(FROM, x).set(FROM_STRIDE, stride).set(SEGMENTS, segments).set(SEGMENT_STRIDE, segmentStride);
        shape(arguments, rows, size, weight, eps);
        routines.get(Form.IN_PLACE, Form.IN_PLACE).call(arguments.address());
    }

    private static void shape(Arguments arguments, int rows, int size, long weight, float eps) {
        arguments
                .set(ROWS, rows)
                .set(SIZE, size)
                .set(SIZE_FLOAT, (float) size)
                .set(WEIGHT, weight)
                .set(EPS, eps);
    }

    private static MachineCode emit(Target target, Form form) {
        Assembler a = target.assembler("norm " + form);
        target.convention().enter(a);
        a.mov(WEIGHTS, Loops.argument(WEIGHT));
        Pointer row = new Pointer(ROW, FROM, FROM_STRIDE);
        Pointer out = new Pointer(OUT, TO, TO_STRIDE);
        switch (form) {
            case ROWS_ALONE -> Loops.rows(a, Gpr.RCX, ROWS, List.of(row, out), () -> norm(a, ROW, OUT));
            case ROWS_AND_RECORDS -> {
                Quantiser.constants(a);
                Pointer records = new Pointer(Gpr.R11, RECORDS, RECORDS_STRIDE);
                Loops.rows(a, Gpr.RCX, ROWS, List.of(row, out, records), () -> {
                    norm(a, ROW, OUT);
                    Quantiser.row(a, target, OUT, Gpr.R11, SIZE);
                });
            }
            case IN_PLACE ->
                Loops.rows(a, Gpr.RCX, ROWS, List.of(row), () -> {
                    Pointer segment = new Pointer(Gpr.R8, ROW, SEGMENT_STRIDE);
                    Loops.rows(a, Gpr.RDX, SEGMENTS, List.of(segment), () -> norm(a, Gpr.R8, Gpr.R8));
                });
        }
        target.convention().leave(a);
        return a.finish();
    }

    private static void norm(Assembler a, Gpr x, Gpr out) {
        scale(a, x);
        Loops.floats(a, SIZE, SUMS, step -> {
            Vec value = ymm(0);
            Vec weight = ymm(1);
            step.load(value, x);
            step.load(weight, WEIGHTS);
            a.op(VMULPS, value, value, SCALE);
            a.op(VMULPS, value, value, weight);
            step.store(out, value);
        });
    }

    /** 1 / √(mean(x²) + eps) in all lanes of {@link #SCALE}. */
    private static void scale(Assembler a, Gpr x) {
        for (int i = 0; i < SUMS; i++) {
            a.op(VXORPS, sum(i), sum(i), sum(i));
        }
        Loops.floats(a, SIZE, SUMS, step -> {
            step.load(ymm(step.lane()), x);
            a.op(VFMADD231PS, sum(step.lane()), ymm(step.lane()), ymm(step.lane()));
        });
        a.op(VADDPS, sum(0), sum(0), sum(1));
        a.op(VADDPS, sum(2), sum(2), sum(3));
        a.op(VADDPS, sum(0), sum(0), sum(2));
        Lanes.reduce(a, VADDPS, sum(0), sum(1));
        Vec mean = sum(0).x();
        a.op(VDIVSS, mean, mean, Loops.argument(SIZE_FLOAT));
        a.op(VADDSS, mean, mean, Loops.argument(EPS));
        a.op(VSQRTSS, mean, mean, mean);
        a.op(VMOVSS, SCALE.x(), a.constant(Float.floatToRawIntBits(1f)));
        a.op(VDIVSS, SCALE.x(), SCALE.x(), mean);
        a.op(VBROADCASTSS, SCALE, SCALE.x());
    }

    private static Vec sum(int index) {
        return ymm(FIRST_SUM + index);
    }
}
