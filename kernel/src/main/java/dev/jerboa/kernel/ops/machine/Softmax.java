package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Vec.ymm;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.Loops.Pointer;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.util.List;

/**
 * {@code x = e^(scale·x − m) / Σ e^(scale·x − m)} in place, m the row's largest scaled value. Powers are summed in float32 in
 * the order of {@link Norm}.
 *
 * <p>−∞ gives 0 beside finite values. A row with a NaN or +∞, or of −∞ alone, becomes NaN throughout.
 */
final class Softmax {
    private static final int X = 0;
    private static final int STRIDE = 1;
    private static final int ROWS = 2;
    private static final int SIZE = 3;
    private static final int SCALE = 4;

    private static final int UNROLL = 4;
    private static final Gpr ROW = Gpr.RSI;
    private static final Vec BY = ymm(10);
    private static final Vec LARGEST = ymm(9);
    private static final Vec LOWEST = ymm(14);
    private static final Vec ZERO = ymm(15);

    private final Routines routines;

    Softmax(Routines routines) {
        this.routines = routines;
    }

    /** {@code rows} rows of {@code size} floats, {@code stride} bytes apart. */
    void rows(Arguments arguments, long x, long stride, int rows, int size, float scale) {
        if (rows <= 0 || size <= 0) {
            return;
        }
        arguments.set(X, x).set(STRIDE, stride).set(ROWS, rows).set(SIZE, size).set(SCALE, scale);
        routines.get(Softmax.class, Softmax::emit).call(arguments.address());
    }

    private static MachineCode emit(Target target) {
        Assembler a = target.assembler("softmax");
        target.convention().enter(a);
        Exponential.constants(a);
        a.op(VMOVUPS, LOWEST, Lanes.all(a, Float.NEGATIVE_INFINITY));
        a.op(VXORPS, ZERO, ZERO, ZERO);
        Loops.rows(a, Gpr.RCX, ROWS, List.of(new Pointer(ROW, X, STRIDE)), () -> {
            a.op(VBROADCASTSS, BY, Loops.argument(SCALE));
            scaled(a);
            powers(a);
            a.op(VMOVUPS, BY, Lanes.all(a, 1f));
            a.op(VDIVPS, BY, BY, ymm(0));
            Loops.floats(a, SIZE, UNROLL, step -> {
                step.load(ymm(4), ROW);
                a.op(VMULPS, ymm(4), ymm(4), BY);
                step.store(ROW, ymm(4));
            });
        });
        target.convention().leave(a);
        return a.finish();
    }

    /** Scales the row and brings its largest value into all lanes of {@link #LARGEST}. */
    private static void scaled(Assembler a) {
        for (int i = 0; i < UNROLL; i++) {
            a.op(VMOVUPS, ymm(i), LOWEST);
        }
        Loops.floats(a, SIZE, UNROLL, step -> {
            step.load(ymm(4), ROW);
            a.op(VMULPS, ymm(4), ymm(4), BY);
            step.store(ROW, ymm(4));
            step.fill(ymm(4), LOWEST);
            a.op(VMAXPS, ymm(step.lane()), ymm(step.lane()), ymm(4));
        });
        a.op(VMAXPS, ymm(0), ymm(0), ymm(1));
        a.op(VMAXPS, ymm(2), ymm(2), ymm(3));
        a.op(VMAXPS, LARGEST, ymm(0), ymm(2));
        Lanes.reduce(a, VMAXPS, LARGEST, ymm(0));
    }

    /** Raises e to the row's values less the largest; their sum in all lanes of register 0. */
    private static void powers(Assembler a) {
        for (int i = 0; i < UNROLL; i++) {
            a.op(VMOVUPS, ymm(i), ZERO);
        }
        Loops.floats(a, SIZE, UNROLL, step -> {
            step.load(ymm(4), ROW);
            a.op(VSUBPS, ymm(4), ymm(4), LARGEST);
            Exponential.emit(a, ymm(4), ymm(5), ymm(6), ymm(7));
            step.store(ROW, ymm(4));
            step.fill(ymm(4), ZERO);
            a.op(VADDPS, ymm(step.lane()), ymm(step.lane()), ymm(4));
        });
        a.op(VADDPS, ymm(0), ymm(0), ymm(1));
        a.op(VADDPS, ymm(2), ymm(2), ymm(3));
        a.op(VADDPS, ymm(0), ymm(0), ymm(2));
        Lanes.reduce(a, VADDPS, ymm(0), ymm(1));
    }
}
