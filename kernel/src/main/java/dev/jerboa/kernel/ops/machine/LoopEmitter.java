package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.asm.Vec.ymm;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.loop.LoopSpec;
import dev.jerboa.kernel.ops.loop.LoopSpec.Each;
import dev.jerboa.kernel.ops.loop.LoopSpec.Node;
import dev.jerboa.kernel.ops.loop.LoopSpec.Reduction;
import dev.jerboa.kernel.ops.loop.LoopSpec.Stage;
import dev.jerboa.kernel.ops.loop.LoopSpec.Step;
import dev.jerboa.kernel.ops.loop.LoopSpec.Straight;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Assembler.Condition;
import dev.jerboa.kernel.ops.machine.asm.Gpr;
import dev.jerboa.kernel.ops.machine.asm.Label;
import dev.jerboa.kernel.ops.machine.asm.MachineCode;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import dev.jerboa.kernel.ops.machine.asm.VectorOp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Emits a {@link LoopSpec} with vectors of 8 floats.
 *
 * <pre>
 * scalars → slots → row: pointers → registers; straight steps: slots → slots; each: {@link LoopBody}, whole vectors, then the rest
 *   under a mask; sums → slots → pointers and counts go on → next row
 * </pre>
 *
 * <p>Every number of the call and of the row has a slot of 8 equal floats on the stack. Inside of each, sums are in registers, and
 * so are the numbers that the body uses most, as far as its own values leave some free.
 */
final class LoopEmitter {
    static final int ROWS = 0;
    static final int COUNTS = 1;
    static final int POINTERS = COUNTS + 2 * LoopSpec.MAX_COUNTS;
    static final int SCALARS = POINTERS + 2 * LoopSpec.MAX_POINTERS;

    /** The mask of a row's rest. */
    static final Vec MASK = ymm(15);

    /** Vector registers of the body. */
    static final int REGISTERS = 15;

    static final int SLOT_BYTES = 32;

    /** Slots that values of a body may move to when registers run out. */
    static final int SPILLS = 48;

    static final Gpr OFFSET = Gpr.RAX;
    private static final Gpr LIMIT = Gpr.RBX;
    private static final Gpr SPARE = Gpr.RBP;
    private static final Gpr[] AT = {
        Gpr.RSI, Gpr.RDX, Gpr.RCX, Gpr.R8, Gpr.R9, Gpr.R10, Gpr.R11, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15
    };

    private final LoopSpec spec;
    private final Assembler a;
    private final Map<Integer, Integer> slots = new HashMap<>();
    private final Map<Integer, Float> constants = new HashMap<>();

    private LoopEmitter(LoopSpec spec, Assembler a) {
        this.spec = spec;
        this.a = a;
    }

    static MachineCode emit(LoopSpec spec, Target target) {
        Assembler a = target.assembler("loop " + spec.name());
        target.convention().enter(a);
        new LoopEmitter(spec, a).emit();
        target.convention().leave(a);
        return a.finish();
    }

    private void emit() {
        for (Step.Define define : spec.invariants()) {
            if (define.node() instanceof Node.Constant constant) {
                constants.put(define.value(), constant.number());
            } else {
                slot(define.value());
            }
        }
        for (Stage stage : spec.stages()) {
            for (Step step : stage.steps()) {
                switch (step) {
                    case Step.Define define when stage instanceof Straight -> slot(define.value());
                    case Step.Reduce reduce -> slot(reduce.value());
                    default -> {}
                }
            }
        }
        int frame = SLOT_BYTES * (slots.size() + SPILLS);
        a.sub(Gpr.RSP, frame);
        for (Step.Define define : spec.invariants()) {
            if (define.node() instanceof Node.Scalar scalar) {
                a.op(VBROADCASTSS, ymm(0), Loops.argument(SCALARS + scalar.index()));
                a.op(VMOVUPS_STORE, place(define.value()), ymm(0));
            }
        }
        Label row = a.here();
        for (int p = 0; p < spec.pointers(); p++) {
            a.mov(AT[p], Loops.argument(POINTERS + 2 * p));
        }
        for (Stage stage : spec.stages()) {
            switch (stage) {
                case Straight straight -> straight(straight.steps());
                case Each each -> each(each);
            }
        }
        for (int p = 0; p < spec.pointers(); p++) {
            advance(POINTERS + 2 * p);
        }
        for (int c = 0; c < spec.counts(); c++) {
            advance(COUNTS + 2 * c);
        }
        a.mov(SPARE, Loops.argument(ROWS));
        a.sub(SPARE, 1);
        a.mov(Loops.argument(ROWS), SPARE);
        a.cmp(SPARE, 0);
        a.jump(Condition.NOT_EQUAL, row);
        a.add(Gpr.RSP, frame);
    }

    private void advance(int argument) {
        a.mov(SPARE, Loops.argument(argument));
        a.add(SPARE, Loops.argument(argument + 1));
        a.mov(Loops.argument(argument), SPARE);
    }

    private void slot(int value) {
        slots.put(value, slots.size());
    }

    /** Where a number of the call or the row lies, 8 times. */
    Mem place(int value) {
        Float constant = constants.get(value);
        return constant != null
                ? Lanes.all(a, constant)
                : Mem.at(Gpr.RSP, SLOT_BYTES * Objects.requireNonNull(slots.get(value)));
    }

    Mem spill(int index) {
        return Mem.at(Gpr.RSP, SLOT_BYTES * (slots.size() + index));
    }

    /** Whether a value is the same for all elements. */
    boolean single(int value) {
        return slots.containsKey(value) || constants.containsKey(value);
    }

    /** An element of a pointer's row. */
    static Mem element(int pointer, int offset, int vector) {
        return Mem.at(AT[pointer], OFFSET, 1, Float.BYTES * offset + SLOT_BYTES * vector);
    }

    private static Mem number(int pointer, int offset) {
        return Mem.at(AT[pointer], Float.BYTES * offset);
    }

    /** Register 0 holds what was defined last; its slot is written where another step than the store right after it uses it. */
    private void straight(List<Step> steps) {
        for (int i = 0; i < steps.size(); i++) {
            switch (steps.get(i)) {
                case Step.Define define -> {
                    straight(define.node());
                    if (uses(define.value()) > (storesNext(steps, i, define.value()) ? 1 : 0)) {
                        a.op(VMOVUPS_STORE, place(define.value()), ymm(0));
                    }
                }
                case Step.Store store -> {
                    boolean there = i > 0 && storesNext(steps, i - 1, store.value());
                    if (!there) {
                        a.op(VMOVUPS, ymm(0), place(store.value()));
                    }
                    a.op(VMOVSS_STORE, number(store.pointer(), store.offset()), ymm(0).x());
                }
                case Step.Reduce reduce -> throw new IllegalStateException("a sum of no elements");
            }
        }
    }

    /** Whether step {@code i} defines a value that the next one stores. */
    private static boolean storesNext(List<Step> steps, int i, int value) {
        return steps.get(i) instanceof Step.Define define
                && define.value() == value
                && i + 1 < steps.size()
                && steps.get(i + 1) instanceof Step.Store store
                && store.value() == value;
    }

    private int uses(int value) {
        int uses = 0;
        for (Stage stage : spec.stages()) {
            for (Step step : stage.steps()) {
                for (int used : LoopBody.used(step)) {
                    uses += used == value ? 1 : 0;
                }
            }
        }
        return uses;
    }

    /** A number of the row into register 0, from slots. */
    private void straight(Node node) {
        switch (node) {
            case Node.RowLoad load -> a.op(VBROADCASTSS, ymm(0), number(load.pointer(), load.offset()));
            case Node.Unary unary -> {
                a.op(VMOVUPS, ymm(0), place(unary.a()));
                switch (unary.function()) {
                    case NEGATION -> a.op(VXORPS, ymm(0), ymm(0), Lanes.all(a, -0f));
                    case SQUARE_ROOT -> a.op(VSQRTPS, ymm(0), ymm(0));
                    case EXPONENTIAL -> Exponential.emitAlone(a, ymm(0), ymm(1), ymm(2), ymm(3));
                }
            }
            case Node.Binary binary -> {
                a.op(VMOVUPS, ymm(0), place(binary.a()));
                a.op(operation(binary.operator()), ymm(0), ymm(0), place(binary.b()));
            }
            case Node.Fused fused -> {
                a.op(VMOVUPS, ymm(0), place(fused.c()));
                a.op(VMOVUPS, ymm(1), place(fused.a()));
                a.op(fused.negative() ? VFNMADD231PS : VFMADD231PS, ymm(0), ymm(1), place(fused.b()));
            }
            case Node.Constant constant -> throw new IllegalStateException("a constant in a row");
            case Node.Scalar scalar -> throw new IllegalStateException("a scalar in a row");
            case Node.Load load -> throw new IllegalStateException("an element outside of a loop");
        }
    }

    static VectorOp operation(LoopSpec.Operator operator) {
        return switch (operator) {
            case ADD -> VADDPS;
            case SUBTRACT -> VSUBPS;
            case MULTIPLY -> VMULPS;
            case DIVIDE -> VDIVPS;
            case MAX -> VMAXPS;
            case MIN -> VMINPS;
        };
    }

    private void each(Each each) {
        List<Step.Reduce> reductions = new ArrayList<>();
        for (Step step : each.steps()) {
            if (step instanceof Step.Reduce reduce) {
                reductions.add(reduce);
            }
        }
        Map<Integer, Vec[]> sums = new HashMap<>();
        Set<Integer> taken = new HashSet<>();
        for (Step.Reduce reduce : reductions) {
            Vec[] own = new Vec[each.unroll()];
            for (int u = 0; u < own.length; u++) {
                own[u] = ymm(REGISTERS - 1 - taken.size());
                taken.add(own[u].number());
                if (reduce.reduction() == Reduction.SUM) {
                    a.op(VXORPS, own[u], own[u], own[u]);
                } else {
                    a.op(VMOVUPS, own[u], Lanes.all(a, Float.NEGATIVE_INFINITY));
                }
            }
            sums.put(reduce.value(), own);
        }
        if (taken.size() > REGISTERS - LoopBody.LEAST) {
            throw new IllegalStateException(
                    spec.name() + ": " + taken.size() + " sums at a time leave no registers for the rest");
        }
        Map<Integer, Vec> pinned = new LoopBody(this, a, spec.values(), each, sums, Map.of(), taken).pins();
        pinned.forEach((value, register) -> {
            a.op(VMOVUPS, register, place(value));
            taken.add(register.number());
        });
        LoopBody body = new LoopBody(this, a, spec.values(), each, sums, pinned, taken);
        a.xor(OFFSET, OFFSET);
        if (each.unroll() > 1) {
            vectors(each, each.unroll(), body);
        }
        vectors(each, 1, body);
        Label done = a.label();
        a.mov(LIMIT, Loops.argument(COUNTS + 2 * each.count()));
        a.and(LIMIT, Loops.LANES - 1);
        a.jump(Condition.EQUAL, done);
        Loops.mask(a, LIMIT, MASK);
        body.emit(0, true);
        a.place(done);
        for (Step.Reduce reduce : reductions) {
            finish(reduce, Objects.requireNonNull(sums.get(reduce.value())));
        }
    }

    private void vectors(Each each, int unroll, LoopBody body) {
        Label again = a.label();
        Label done = a.label();
        a.mov(LIMIT, Loops.argument(COUNTS + 2 * each.count()));
        a.and(LIMIT, -Loops.LANES * unroll);
        a.shl(LIMIT, 2);
        a.cmp(OFFSET, LIMIT);
        a.jump(Condition.GREATER_OR_EQUAL, done);
        a.align(32);
        a.place(again);
        for (int vector = 0; vector < unroll; vector++) {
            body.emit(vector, false);
        }
        a.add(OFFSET, SLOT_BYTES * unroll);
        a.cmp(OFFSET, LIMIT);
        a.jump(Condition.LESS, again);
        a.place(done);
    }

    private void finish(Step.Reduce reduce, Vec[] sums) {
        VectorOp op = reduce.reduction() == Reduction.SUM ? VADDPS : VMAXPS;
        for (int apart = 1; apart < sums.length; apart *= 2) {
            for (int i = 0; i + apart < sums.length; i += 2 * apart) {
                a.op(op, sums[i], sums[i], sums[i + apart]);
            }
        }
        Lanes.reduce(a, op, sums[0], ymm(0));
        a.op(VMOVUPS_STORE, place(reduce.value()), sums[0]);
    }
}
