package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Vec.ymm;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.Loops.Pointer;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.util.List;

/**
 * Dot products of float32 rows with up to eight rows of weights, as they lie. Each is summed in eight lanes, column c in lane
 * c mod 8, by fused multiply-adds in order of columns; then halves onto each other.
 *
 * @param rows rows of weights, 1 to {@value #MOST_ROWS}
 */
record RowDots(int rows) {
    static final int MOST_ROWS = 8;

    private static final int WEIGHTS = 0;
    private static final int WEIGHTS_STRIDE = 1;
    private static final int X = 2;
    private static final int X_STRIDE = 3;
    private static final int COUNT = 4;
    private static final int COLS = 5;
    private static final int OUT = 6;
    private static final int OUT_STRIDE = 7;

    private static final Gpr[] ROWS = {Gpr.R8, Gpr.R9, Gpr.R10, Gpr.R11, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15};
    private static final Vec INPUT = ymm(8);
    private static final Vec WEIGHT = ymm(9);

    /**
     * {@code out[i, r] = Σ_c weights[r, c] · x[i, c]} for {@code count} rows of {@code cols} floats and {@code weightRows} rows of
     * weights. Addresses and strides are in bytes.
     */
    static void run(
            Routines routines,
            Arguments arguments,
            long weights,
            long weightsStride,
            int weightRows,
            long x,
            long xStride,
            int count,
            int cols,
            long out,
            long outStride) {
        if (count <= 0) {
            return;
        }
        arguments
                .set(WEIGHTS_STRIDE, weightsStride)
                .set(X, x)
                .set(X_STRIDE, xStride)
                .set(COUNT, count)
                .set(COLS, cols)
                .set(OUT_STRIDE, outStride);
        for (int r = 0; r < weightRows; r += MOST_ROWS) {
            RowDots kernel = new RowDots(Math.min(MOST_ROWS, weightRows - r));
            arguments.set(WEIGHTS, weights + r * weightsStride).set(OUT, out + (long) r * Float.BYTES);
            routines.get(kernel, kernel::emit).call(arguments.address());
        }
    }

    private MachineCode emit(Target target) {
        Assembler a = target.assembler("dots of " + rows + " rows");
        target.convention().enter(a);
        a.mov(ROWS[0], Loops.argument(WEIGHTS));
        for (int r = 1; r < rows; r++) {
            a.mov(ROWS[r], ROWS[r - 1]);
            a.add(ROWS[r], Loops.argument(WEIGHTS_STRIDE));
        }
        Pointer x = new Pointer(Gpr.RSI, X, X_STRIDE);
        Pointer out = new Pointer(Gpr.RDX, OUT, OUT_STRIDE);
        Loops.rows(a, Gpr.RCX, COUNT, List.of(x, out), () -> {
            for (int r = 0; r < rows; r++) {
                a.op(VXORPS, ymm(r), ymm(r), ymm(r));
            }
            Loops.floats(a, COLS, 1, step -> {
                step.load(INPUT, Gpr.RSI);
                for (int r = 0; r < rows; r++) {
                    step.load(WEIGHT, ROWS[r]);
                    a.op(VFMADD231PS, ymm(r), WEIGHT, INPUT);
                }
            });
            for (int r = 0; r < rows; r++) {
                Lanes.reduce(a, VADDPS, ymm(r), WEIGHT);
                a.op(VMOVSS_STORE, Mem.at(Gpr.RDX, Float.BYTES * r), ymm(r).x());
            }
        });
        target.convention().leave(a);
        return a.finish();
    }
}
