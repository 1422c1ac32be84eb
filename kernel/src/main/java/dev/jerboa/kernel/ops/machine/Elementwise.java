package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Vec.ymm;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.machine.Loops.Pointer;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Assembler.Condition;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import java.util.List;

/**
 * Sums and copies of float32 rows. Addresses and strides are in bytes and need no alignment; every product and every sum is
 * rounded to float32.
 */
final class Elementwise {
    private static final int X = 0;
    private static final int X_STRIDE = 1;
    private static final int Y = 2;
    private static final int Y_STRIDE = 3;
    private static final int ROWS = 4;
    private static final int COLS = 5;
    private static final int SEGMENTS = 6;
    private static final int X_SEGMENT = 7;
    private static final int Y_SEGMENT = 8;

    /** Terms lie from this argument on, two arguments each: the row's address and its scale. */
    private static final int TERMS = 8;

    private static final int MOST_TERMS = 24;

    private enum Kernel {
        ADD,
        ADD_WEIGHTED,
        SUM_WEIGHTED,
        COPY
    }

    private final Routines routines;

    Elementwise(Routines routines) {
        this.routines = routines;
    }

    /** {@code x += y} for {@code rows} rows of {@code cols} floats; a {@code yStride} of 0 adds one row to all. */
    void add(Arguments arguments, long x, long xStride, long y, long yStride, int rows, int cols) {
        if (rows <= 0 || cols <= 0) {
            return;
        }
        arguments
                .set(X, x)
                .set(X_STRIDE, xStride)
                .set(Y, y)
                .set(Y_STRIDE, yStride)
                .set(ROWS, rows)
                .set(COLS, cols);
        routines.get(Kernel.ADD, Elementwise::emitAdd).call(arguments.address());
    }

    /**
     * {@code x += Σ_j scales[j] · y[places[j]]} over one row of {@code cols} floats, j from {@code from} to
     * {@code from + count − 1} in this order; row p of y lies at {@code y + p · yStride}.
     *
     * @param accumulate whether the sum starts with {@code x} rather than with zero; without terms {@code x} is left alone
     */
    void addWeighted(
            Arguments arguments,
            boolean accumulate,
            long x,
            int cols,
            long y,
            long yStride,
            int[] places,
            float[] scales,
            int from,
            int count) {
        if (cols <= 0) {
            return;
        }
        for (int done = 0; done < count; done += MOST_TERMS) {
            int terms = Math.min(MOST_TERMS, count - done);
            arguments.set(X, x).set(COLS, cols).set(ROWS, terms);
            for (int j = 0; j < terms; j++) {
                arguments
                        .set(TERMS + 2 * j, y + places[from + done + j] * yStride)
                        .set(TERMS + 2 * j + 1, scales[from + done + j]);
            }
            if (accumulate || done > 0) {
                routines.get(Kernel.ADD_WEIGHTED, target -> emitWeighted(target, true))
                        .call(arguments.address());
            } else {
                routines.get(Kernel.SUM_WEIGHTED, target -> emitWeighted(target, false))
                        .call(arguments.address());
            }
        }
    }

    /**
     * Copies {@code segments} stretches of {@code size} floats in each of {@code rows} rows; what is read and what is written
     * do not overlap.
     *
     * @param fromSegment bytes from a stretch to the next where they are read
     * @param toSegment bytes from a stretch to the next where they are written
     */
    void copy(
            Arguments arguments,
            long from,
            long fromStride,
            long fromSegment,
            long to,
            long toStride,
            long toSegment,
            int rows,
            int segments,
            int size) {
        if (rows <= 0 || segments <= 0 || size <= 0) {
            return;
        }
        arguments
                .set(X, to)
                .set(X_STRIDE, toStride)
                .set(Y, from)
                .set(Y_STRIDE, fromStride)
                .set(ROWS, rows)
                .set(COLS, size)
                .set(SEGMENTS, segments)
                .set(X_SEGMENT, toSegment)
                .set(Y_SEGMENT, fromSegment);
        routines.get(Kernel.COPY, Elementwise::emitCopy).call(arguments.address());
    }

    private static MachineCode emitAdd(Target target) {
        Assembler a = target.assembler("add");
        target.convention().enter(a);
        Pointer x = new Pointer(Gpr.RSI, X, X_STRIDE);
        Pointer y = new Pointer(Gpr.RDX, Y, Y_STRIDE);
        Loops.rows(
                a,
                Gpr.RCX,
                ROWS,
                List.of(x, y),
                () -> Loops.floats(a, COLS, 4, step -> {
                    step.load(ymm(0), Gpr.RSI);
                    step.load(ymm(1), Gpr.RDX);
                    a.op(VADDPS, ymm(0), ymm(0), ymm(1));
                    step.store(Gpr.RSI, ymm(0));
                }));
        target.convention().leave(a);
        return a.finish();
    }

    private static MachineCode emitWeighted(Target target, boolean accumulate) {
        Assembler a = target.assembler(accumulate ? "add weighted" : "sum weighted");
        target.convention().enter(a);
        a.mov(Gpr.RSI, Loops.argument(X));
        Loops.floats(a, COLS, 1, step -> {
            if (accumulate) {
                step.load(ymm(0), Gpr.RSI);
            } else {
                a.op(VXORPS, ymm(0), ymm(0), ymm(0));
            }
            a.lea(Gpr.R8, Loops.argument(TERMS));
            a.mov(Gpr.RCX, Loops.argument(ROWS));
            Label term = a.here();
            a.mov(Gpr.RDX, Mem.at(Gpr.R8));
            a.op(VBROADCASTSS, ymm(1), Mem.at(Gpr.R8, 8));
            step.load(ymm(2), Gpr.RDX);
            a.op(VMULPS, ymm(1), ymm(1), ymm(2));
            a.op(VADDPS, ymm(0), ymm(0), ymm(1));
            a.add(Gpr.R8, 16);
            a.sub(Gpr.RCX, 1);
            a.jump(Condition.NOT_EQUAL, term);
            step.store(Gpr.RSI, ymm(0));
        });
        target.convention().leave(a);
        return a.finish();
    }

    private static MachineCode emitCopy(Target target) {
        Assembler a = target.assembler("copy");
        target.convention().enter(a);
        Pointer to = new Pointer(Gpr.RSI, X, X_STRIDE);
        Pointer from = new Pointer(Gpr.RDX, Y, Y_STRIDE);
        Loops.rows(a, Gpr.RCX, ROWS, List.of(to, from), () -> {
            Pointer toSegment = new Pointer(Gpr.R8, Gpr.RSI, X_SEGMENT);
            Pointer fromSegment = new Pointer(Gpr.R9, Gpr.RDX, Y_SEGMENT);
            Loops.rows(
                    a,
                    Gpr.R10,
                    SEGMENTS,
                    List.of(toSegment, fromSegment),
                    () -> Loops.floats(a, COLS, 4, step -> {
                        step.load(ymm(0), Gpr.R9);
                        step.store(Gpr.R8, ymm(0));
                    }));
        });
        target.convention().leave(a);
        return a.finish();
    }
}
