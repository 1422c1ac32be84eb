package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VCVTNEPS2BF16;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.VMOVUPS_STORE;

import dev.jerboa.kernel.ops.machine.Loops.Pointer;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.util.List;

/**
 * Rows of float32 to bfloat16, to nearest, ties to even: a relative error of 2⁻⁸ at most. Magnitudes below 2⁻¹²⁶ become
 * zeros of their sign, those that round past the largest bfloat16 infinities, NaNs quiet NaNs. Addresses need no alignment;
 * nothing outside the rows is touched. For {@link Isa#bfloat16} targets.
 */
final class PairRounding {
    /** Rows are whole multiples of this many inputs. */
    static final int INPUTS = 32;

    private static final int FROM = 0;
    private static final int FROM_STRIDE = 1;
    private static final int TO = 2;
    private static final int TO_STRIDE = 3;
    private static final int ROWS = 4;
    private static final int COLS = 5;

    private final Routines routines;

    PairRounding(Routines routines) {
        this.routines = routines;
    }

    /**
     * Rounds {@code rows} rows.
     *
     * @param from the first row's address; rows are {@code fromStride} bytes apart
     * @param to where the first row goes; rows are {@code toStride} bytes apart
     * @param cols inputs of a row, a multiple of {@link #INPUTS}
     */
    void run(Arguments arguments, long from, long fromStride, long to, long toStride, int rows, int cols) {
        if (cols % INPUTS != 0) {
            throw new IllegalArgumentException("rows of " + cols + " inputs are not whole multiples of " + INPUTS);
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
        routines.get(PairRounding.class, PairRounding::emit).call(arguments.address());
    }

    private static MachineCode emit(Target target) {
        Assembler a = target.assembler("round to pairs");
        target.convention().enter(a);
        Pointer from = new Pointer(Gpr.RSI, FROM, FROM_STRIDE);
        Pointer to = new Pointer(Gpr.R8, TO, TO_STRIDE);
        Loops.rows(a, Gpr.RCX, ROWS, List.of(from, to), () -> {
            a.mov(Gpr.RDX, Gpr.R8);
            Loops.blocks(a, COLS, INPUTS / Loops.LANES, steps -> {
                steps.forEach(step -> {
                    Vec values = Vec.ymm(step.lane());
                    step.load(values, Gpr.RSI);
                    a.op(VCVTNEPS2BF16, values.x(), values);
                    a.op(VMOVUPS_STORE, Mem.at(Gpr.RDX, step.lane() * Loops.LANES * Short.BYTES), values.x());
                });
                a.add(Gpr.RDX, INPUTS * Short.BYTES);
            });
        });
        target.convention().leave(a);
        return a.finish();
    }
}
