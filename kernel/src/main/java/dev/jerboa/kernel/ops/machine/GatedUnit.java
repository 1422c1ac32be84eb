package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Vec.ymm;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.kernel.ops.machine.Loops.Pointer;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * {@code out = activation(gate) · up}, each float alone: SiLU as {@code g / (1 + e^−g)}, the tanh form of GELU as
 * {@code g / (1 + e^−2u)} with {@code u = √(2/π) · (g + 0.044715 · g³)}.
 *
 * <p>SiLU is within 3 units in the last place where its result is a normal float. The relative error of GELU grows as |2u| · 2⁻²²,
 * as four roundings of 2u become one of the power.
 *
 * <p>NaN stays NaN, +∞ gives +∞, −∞ gives NaN (∞ / ∞, as in the plain formula), and gates so low that the power overflows
 * (under −88) give −0.
 */
final class GatedUnit {
    private static final int GATE = 0;
    private static final int GATE_STRIDE = 1;
    private static final int UP = 2;
    private static final int UP_STRIDE = 3;
    private static final int OUT = 4;
    private static final int OUT_STRIDE = 5;
    private static final int RECORDS = 6;
    private static final int RECORDS_STRIDE = 7;
    private static final int ROWS = 8;
    private static final int COLS = 9;

    /** 2 · √(2/π). */
    private static final float GELU_OUTER = (float) (2 * Math.sqrt(2 / Math.PI));

    private static final float GELU_CUBIC = 0.044715f;
    private static final int SIGN = 0x80000000;

    private static final Gpr GATE_AT = Gpr.RSI;
    private static final Gpr UP_AT = Gpr.R8;
    private static final Gpr OUT_AT = Gpr.R9;
    private static final Gpr RECORDS_AT = Gpr.R10;

    private record Kernel(Activation activation, boolean records) implements Function<Target, MachineCode> {
        @Override
        public MachineCode apply(Target target) {
            return emit(target, activation, records);
        }
    }

    private static final List<Kernel> ALONE = kernels(false);
    private static final List<Kernel> WITH_RECORDS = kernels(true);

    private final Routines routines;

    GatedUnit(Routines routines) {
        this.routines = routines;
    }

    private static List<Kernel> kernels(boolean records) {
        return Arrays.stream(Activation.values())
                .map(activation -> new Kernel(activation, records))
                .toList();
    }

    /** {@code rows} rows of {@code cols} floats; addresses and strides are in bytes. {@code out} may be an input. */
    void rows(
            Arguments arguments,
            Activation activation,
            long gate,
            long gateStride,
            long up,
            long upStride,
            long out,
            long outStride,
            int rows,
            int cols) {
        run(arguments, ALONE.get(activation.ordinal()), gate, gateStride, up, upStride, out, outStride, rows, cols);
    }

    /**
     * {@link #rows}, and each result's {@link ActivationRecord}s at {@code records}, the same that {@link Quantiser} makes.
     *
     * @param records the record of the first column given, so that workers may take shares of columns
     * @param cols a multiple of {@link ActivationRecord#INPUTS}
     */
    void rowsAndRecords(
            Arguments arguments,
            Activation activation,
            long gate,
            long gateStride,
            long up,
            long upStride,
            long out,
            long outStride,
            long records,
            long recordsStride,
            int rows,
            int cols) {
        if (cols % ActivationRecord.INPUTS != 0) {
            throw new IllegalArgumentException("rows of " + cols + " floats are not whole records");
        }
        arguments.set(RECORDS, records).set(RECORDS_STRIDE, recordsStride);
        run(
                arguments,
                WITH_RECORDS.get(activation.ordinal()),
                gate,
                gateStride,
                up,
                upStride,
                out,
                outStride,
                rows,
                cols);
    }

    private void run(
            Arguments arguments,
            Kernel kernel,
            long gate,
            long gateStride,
            long up,
            long upStride,
            long out,
            long outStride,
            int rows,
            int cols) {
        if (rows <= 0 || cols <= 0) {
            return;
        }
        arguments
                .set(GATE, gate)
                .set(GATE_STRIDE, gateStride)
                .set(UP, up)
                .set(UP_STRIDE, upStride)
                .set(OUT, out)
                .set(OUT_STRIDE, outStride)
                .set(ROWS, rows)
                .set(COLS, cols);
        routines.get(kernel, kernel).call(arguments.address());
    }

    private static MachineCode emit(Target target, Activation activation, boolean withRecords) {
        Assembler a = target.assembler("gated unit " + activation + (withRecords ? " and records" : ""));
        target.convention().enter(a);
        Exponential.constants(a);
        Pointer gate = new Pointer(GATE_AT, GATE, GATE_STRIDE);
        Pointer up = new Pointer(UP_AT, UP, UP_STRIDE);
        Pointer out = new Pointer(OUT_AT, OUT, OUT_STRIDE);
        if (withRecords) {
            Quantiser.constants(a);
            Pointer records = new Pointer(RECORDS_AT, RECORDS, RECORDS_STRIDE);
            Loops.rows(a, Gpr.RCX, ROWS, List.of(gate, up, out, records), () -> {
                units(a, activation);
                Quantiser.row(a, target, OUT_AT, RECORDS_AT, COLS);
            });
        } else {
            Loops.rows(a, Gpr.RCX, ROWS, List.of(gate, up, out), () -> units(a, activation));
        }
        target.convention().leave(a);
        return a.finish();
    }

    private static void units(Assembler a, Activation activation) {
        Loops.floats(a, COLS, 2, step -> {
            Vec x = ymm(0);
            Vec g = ymm(1);
            Vec t = ymm(2);
            step.load(g, GATE_AT);
            switch (activation) {
                case SILU -> a.op(VXORPS, x, g, a.constant(SIGN, Loops.LANES));
                case GELU_TANH -> {
                    a.op(VMULPS, x, g, g);
                    a.op(VMOVUPS, t, Lanes.all(a, GELU_CUBIC));
                    a.op(VFMADD213PS, x, t, Lanes.all(a, 1f));
                    a.op(VMULPS, x, x, g);
                    a.op(VMULPS, x, x, Lanes.all(a, -GELU_OUTER));
                }
            }
            Exponential.emit(a, x, t, ymm(3), ymm(4));
            a.op(VADDPS, x, x, Lanes.all(a, 1f));
            a.op(VDIVPS, g, g, x);
            step.load(x, UP_AT);
            a.op(VMULPS, g, g, x);
            step.store(OUT_AT, g);
        });
    }
}
