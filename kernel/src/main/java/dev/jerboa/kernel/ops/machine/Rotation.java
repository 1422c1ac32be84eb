package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Vec.xmm;
import static dev.jerboa.kernel.ops.machine.asm.Vec.ymm;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.RotaryTable.Layout;
import dev.jerboa.kernel.ops.machine.Loops.Pointer;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Assembler.Condition;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Operand;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import java.util.List;
import java.util.function.Function;

/**
 * Rotary position embedding of one token's heads in place: each pair (a, b) becomes (a·cos − b·sin, a·sin + b·cos), every
 * product and sum rounded to float32.
 */
final class Rotation {
    private static final int X = 0;
    private static final int STRIDE = 1;
    private static final int HEADS = 2;
    private static final int HALF = 3;
    private static final int TABLE = 4;
    private static final int SPAN = 5;

    private static final Gpr HEAD = Gpr.RSI;
    private static final Gpr SECOND = Gpr.R8;
    private static final Gpr COSINES = Gpr.R9;
    private static final Gpr SINES = Gpr.R10;

    private static final Vec TWICE = ymm(12);
    private static final Vec SIGNS = ymm(11);
    private static final int[] EACH_TWICE = {0, 0, 1, 1, 2, 2, 3, 3};
    private static final int[] MINUS_FIRST = {1 << 31, 0, 1 << 31, 0, 1 << 31, 0, 1 << 31, 0};
    private static final int PAIRS = 4;

    private enum Kernel implements Function<Target, MachineCode> {
        HALVES,
        NEIGHBOURS;

        @Override
        public MachineCode apply(Target target) {
            return emit(target, this);
        }
    }

    private final Routines routines;

    Rotation(Routines routines) {
        this.routines = routines;
    }

    /**
     * Rotates {@code heads} stretches of {@code dims} floats, {@code stride} bytes apart.
     *
     * @param x the first stretch's address
     * @param table the address of the row of the token's position: {@code dims / 2} cosines, then as many sines
     */
    void heads(Arguments arguments, Layout layout, long x, long stride, int heads, int dims, long table) {
        int half = dims / 2;
        if (heads <= 0 || half <= 0) {
            return;
        }
        arguments
                .set(X, x)
                .set(STRIDE, stride)
                .set(HEADS, heads)
                .set(HALF, half)
                .set(TABLE, table)
                .set(SPAN, 4L * half);
        Kernel kernel = layout == Layout.HALF_SPLIT ? Kernel.HALVES : Kernel.NEIGHBOURS;
        routines.get(kernel, kernel).call(arguments.address());
    }

    private static MachineCode emit(Target target, Kernel kernel) {
        Assembler a = target.assembler("rotation " + kernel);
        target.convention().enter(a);
        a.mov(COSINES, Loops.argument(TABLE));
        a.mov(SINES, COSINES);
        a.add(SINES, Loops.argument(SPAN));
        Pointer head = new Pointer(HEAD, X, STRIDE);
        switch (kernel) {
            case HALVES -> Loops.rows(a, Gpr.RCX, HEADS, List.of(head), () -> halves(a));
            case NEIGHBOURS -> {
                a.op(VMOVUPS, TWICE, a.constant(EACH_TWICE));
                a.op(VMOVUPS, SIGNS, a.constant(MINUS_FIRST));
                Loops.rows(a, Gpr.RCX, HEADS, List.of(head), () -> neighbours(a));
            }
        }
        target.convention().leave(a);
        return a.finish();
    }

    private static void halves(Assembler a) {
        a.mov(SECOND, HEAD);
        a.add(SECOND, Loops.argument(SPAN));
        Loops.floats(a, HALF, 2, step -> {
            Vec first = ymm(0);
            Vec second = ymm(1);
            Vec cos = ymm(2);
            Vec sin = ymm(3);
            step.load(first, HEAD);
            step.load(second, SECOND);
            step.load(cos, COSINES);
            step.load(sin, SINES);
            a.op(VMULPS, ymm(4), first, cos);
            a.op(VMULPS, ymm(5), second, sin);
            a.op(VMULPS, ymm(6), first, sin);
            a.op(VMULPS, ymm(7), second, cos);
            a.op(VSUBPS, ymm(4), ymm(4), ymm(5));
            a.op(VADDPS, ymm(6), ymm(6), ymm(7));
            step.store(HEAD, ymm(4));
            step.store(SECOND, ymm(6));
        });
    }

    /** Four pairs at a time, the rest under masks: one of pairs for the table, one of floats for the head. */
    private static void neighbours(Assembler a) {
        Gpr at = Gpr.RAX; // in pairs
        Gpr limit = Gpr.RBX;
        Label again = a.label();
        Label rest = a.label();
        Label done = a.label();
        a.xor(at, at);
        a.mov(limit, Loops.argument(HALF));
        a.and(limit, -PAIRS);
        a.cmp(at, limit);
        a.jump(Condition.GREATER_OR_EQUAL, rest);
        a.align(32);
        a.place(again);
        a.op(VMOVUPS, xmm(1), Mem.at(COSINES, at, 4, 0));
        a.op(VMOVUPS, xmm(2), Mem.at(SINES, at, 4, 0));
        a.op(VMOVUPS, ymm(0), Mem.at(HEAD, at, 8, 0));
        turn(a);
        a.op(VMOVUPS_STORE, Mem.at(HEAD, at, 8, 0), ymm(0));
        a.add(at, PAIRS);
        a.cmp(at, limit);
        a.jump(Condition.LESS, again);
        a.place(rest);
        a.mov(limit, Loops.argument(HALF));
        a.sub(limit, at);
        a.jump(Condition.EQUAL, done);
        Vec pairs = xmm(13);
        Vec floats = ymm(14);
        Loops.mask(a, limit, pairs);
        a.add(limit, limit);
        Loops.mask(a, limit, floats);
        a.op(VMASKMOVPS, xmm(1), pairs, Mem.at(COSINES, at, 4, 0));
        a.op(VMASKMOVPS, xmm(2), pairs, Mem.at(SINES, at, 4, 0));
        a.op(VMASKMOVPS, ymm(0), floats, Mem.at(HEAD, at, 8, 0));
        turn(a);
        a.op(VMASKMOVPS_STORE, Mem.at(HEAD, at, 8, 0), floats, ymm(0));
        a.place(done);
    }

    /** Turns the four pairs in register 0 by the cosines in 1 and the sines in 2. */
    private static void turn(Assembler a) {
        a.op(VPERMPS, ymm(1), TWICE, ymm(1));
        a.op(VPERMPS, ymm(2), TWICE, ymm(2));
        a.op(VXORPS, ymm(2), ymm(2), SIGNS);
        a.op(VPSHUFD, ymm(3), (Operand) ymm(0), Lanes.SWAP_NEIGHBOURS);
        a.op(VMULPS, ymm(0), ymm(0), ymm(1));
        a.op(VMULPS, ymm(3), ymm(3), ymm(2));
        a.op(VADDPS, ymm(0), ymm(0), ymm(3));
    }
}
