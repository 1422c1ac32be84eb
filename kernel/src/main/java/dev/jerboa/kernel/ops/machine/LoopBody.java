package dev.jerboa.kernel.ops.machine;

import static dev.jerboa.kernel.ops.machine.LoopEmitter.MASK;
import static dev.jerboa.kernel.ops.machine.asm.Vec.ymm;
import static dev.jerboa.kernel.ops.machine.asm.VectorOp.*;

import dev.jerboa.kernel.ops.loop.LoopSpec;
import dev.jerboa.kernel.ops.loop.LoopSpec.Each;
import dev.jerboa.kernel.ops.loop.LoopSpec.Node;
import dev.jerboa.kernel.ops.loop.LoopSpec.Operator;
import dev.jerboa.kernel.ops.loop.LoopSpec.Reduction;
import dev.jerboa.kernel.ops.loop.LoopSpec.Step;
import dev.jerboa.kernel.ops.machine.asm.Assembler;
import dev.jerboa.kernel.ops.machine.asm.Mem;
import dev.jerboa.kernel.ops.machine.asm.Operand;
import dev.jerboa.kernel.ops.machine.asm.Vec;
import dev.jerboa.kernel.ops.machine.asm.VectorOp;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * The steps of an {@link Each} for one vector of elements, its values in registers from where they are defined to where they are
 * used last; when none is free, the value whose next use is farthest moves to the stack (Belady).
 */
final class LoopBody {
    /** Registers that a body can do with: an exponential and two others. */
    static final int LEAST = 6;

    private static final int NONE = -1;

    private final LoopEmitter loop;
    private final Assembler a;
    private final List<Step> steps;
    private final Map<Integer, Vec[]> sums;
    private final Set<Integer> taken;

    /** Steps that use a value, in order. */
    private final List<List<Integer>> uses = new ArrayList<>();

    /** Registers of the numbers that keep one; {@link #NONE} of the others. */
    private final int[] pinned;

    // While a copy of the body is emitted:
    private final int[] registers;
    private final int[] spills;
    private final TreeSet<Integer> free = new TreeSet<>();
    private final Deque<Integer> freeSpills = new ArrayDeque<>();
    private final Set<Integer> locked = new HashSet<>();
    private int at;
    private int vector;
    private boolean masked;

    LoopBody(
            LoopEmitter loop,
            Assembler a,
            int values,
            Each each,
            Map<Integer, Vec[]> sums,
            Map<Integer, Vec> pinned,
            Set<Integer> taken) {
        this.loop = loop;
        this.a = a;
        this.steps = each.steps();
        this.sums = sums;
        this.taken = taken;
        this.pinned = new int[values];
        this.registers = new int[values];
        this.spills = new int[values];
        Arrays.fill(this.pinned, NONE);
        pinned.forEach((value, register) -> this.pinned[value] = register.number());
        for (int value = 0; value < values; value++) {
            uses.add(new ArrayList<>());
        }
        for (int i = 0; i < steps.size(); i++) {
            for (int value : used(steps.get(i))) {
                uses.get(value).add(i);
            }
        }
    }

    /** The values that a step reads. */
    static List<Integer> used(Step step) {
        return switch (step) {
            case Step.Define define ->
                switch (define.node()) {
                    case Node.Unary unary -> List.of(unary.a());
                    case Node.Binary binary -> List.of(binary.a(), binary.b());
                    case Node.Fused fused -> List.of(fused.a(), fused.b(), fused.c());
                    default -> List.of();
                };
            case Step.Store store -> List.of(store.value());
            case Step.Reduce reduce -> reduce.times() < 0 ? List.of(reduce.of()) : List.of(reduce.of(), reduce.times());
        };
    }

    /** Registers for the numbers of the call and the row that are used most, as many as are never needed otherwise. */
    Map<Integer, Vec> pins() {
        int room = LoopEmitter.REGISTERS - taken.size() - pressure();
        List<Integer> singles = IntStream.range(0, uses.size())
                .filter(value -> loop.single(value) && !uses.get(value).isEmpty())
                .boxed()
                .sorted(Comparator.<Integer>comparingInt(
                                value -> -uses.get(value).size())
                        .thenComparingInt(value -> value))
                .toList();
        Map<Integer, Vec> pins = new HashMap<>();
        int next = LoopEmitter.REGISTERS - 1;
        for (int value : singles) {
            if (pins.size() >= room) {
                break;
            }
            while (taken.contains(next)) {
                next--;
            }
            pins.put(value, ymm(next--));
        }
        return pins;
    }

    /** The most registers that values and the work on them take at a time. */
    private int pressure() {
        int most = 0;
        int live = 0;
        for (int i = 0; i < steps.size(); i++) {
            int extra = 2;
            if (steps.get(i) instanceof Step.Define define) {
                live++;
                if (define.node() instanceof Node.Unary unary && unary.function() == LoopSpec.Function.EXPONENTIAL) {
                    extra = 4;
                }
            }
            most = Math.max(most, live + extra);
            for (int value : Set.copyOf(used(steps.get(i)))) {
                if (!loop.single(value) && uses.get(value).getLast() == i) {
                    live--;
                }
            }
        }
        return most;
    }

    /** Emits the steps for vector {@code vector} of a turn, or for the rest of a row under the mask. */
    void emit(int vector, boolean masked) {
        this.vector = vector;
        this.masked = masked;
        Arrays.fill(registers, NONE);
        Arrays.fill(spills, NONE);
        free.clear();
        freeSpills.clear();
        for (int i = 0; i < LoopEmitter.SPILLS; i++) {
            freeSpills.add(i);
        }
        for (int i = 0; i < LoopEmitter.REGISTERS; i++) {
            if (!taken.contains(i)) {
                free.add(i);
            }
        }
        for (at = 0; at < steps.size(); at++) {
            locked.clear();
            switch (steps.get(at)) {
                case Step.Define define -> define(define.value(), define.node());
                case Step.Store store -> store(store);
                case Step.Reduce reduce -> reduce(reduce);
            }
            for (int value : used(steps.get(at))) {
                if (!loop.single(value) && nextUse(value) == Integer.MAX_VALUE) {
                    forget(value);
                }
            }
        }
    }

    private int nextUse(int value) {
        for (int use : uses.get(value)) {
            if (use > at) {
                return use;
            }
        }
        return Integer.MAX_VALUE;
    }

    private void forget(int value) {
        if (registers[value] != NONE) {
            free.add(registers[value]);
            registers[value] = NONE;
        }
        if (spills[value] != NONE) {
            freeSpills.push(spills[value]);
            spills[value] = NONE;
        }
    }

    /** A register that nothing else needs now. */
    private Vec fresh() {
        if (free.isEmpty()) {
            spill();
        }
        int register = free.first();
        free.remove(register);
        locked.add(register);
        return ymm(register);
    }

    /** Frees the register whose value is needed last. */
    private void spill() {
        int farthest = NONE;
        for (int value = 0; value < registers.length; value++) {
            boolean movable = registers[value] != NONE && !locked.contains(registers[value]);
            if (movable && (farthest == NONE || nextUse(value) > nextUse(farthest))) {
                farthest = value;
            }
        }
        if (farthest == NONE) {
            throw new IllegalStateException("no register to free");
        }
        if (spills[farthest] == NONE) {
            spills[farthest] = freeSpills.pop();
            a.op(VMOVUPS_STORE, loop.spill(spills[farthest]), ymm(registers[farthest]));
        }
        free.add(registers[farthest]);
        registers[farthest] = NONE;
    }

    private void release(Vec register) {
        free.add(register.number());
    }

    /** Where a value is: its register, or memory. */
    private Operand operand(int value) {
        if (inRegister(value)) {
            int register = pinned[value] != NONE ? pinned[value] : registers[value];
            locked.add(register);
            return ymm(register);
        }
        return loop.single(value) ? loop.place(value) : loop.spill(spills[value]);
    }

    private boolean inRegister(int value) {
        return pinned[value] != NONE || registers[value] != NONE;
    }

    /** Whether a value's register may be overwritten by the step at hand. */
    private boolean dies(int value) {
        return registers[value] != NONE && nextUse(value) == Integer.MAX_VALUE;
    }

    /** The register of a value that is not needed any more. */
    private Vec last(int value) {
        int register = registers[value];
        registers[value] = NONE;
        locked.add(register);
        return ymm(register);
    }

    /** A copy of a value, or its own register where it is not needed any more. */
    private Vec taken(int value) {
        if (dies(value)) {
            return last(value);
        }
        Operand from = operand(value);
        Vec copy = fresh();
        a.op(VMOVUPS, copy, from);
        return copy;
    }

    private void define(int value, Node node) {
        Vec result = switch (node) {
            case Node.Load load -> {
                Vec to = fresh();
                Operand from = LoopEmitter.element(load.pointer(), load.offset(), vector);
                if (masked) {
                    a.op(VMASKMOVPS, to, MASK, from);
                } else {
                    a.op(VMOVUPS, to, from);
                }
                yield to;
            }
            case Node.Unary unary -> unary(unary);
            case Node.Binary binary -> binary(binary);
            case Node.Fused fused -> fused(fused);
            default -> throw new IllegalStateException(node + " among elements");
        };
        if (nextUse(value) == Integer.MAX_VALUE) {
            release(result);
        } else {
            registers[value] = result.number();
        }
    }

    private Vec unary(Node.Unary unary) {
        Vec x = taken(unary.a());
        switch (unary.function()) {
            case NEGATION -> a.op(VXORPS, x, x, Lanes.all(a, -0f));
            case SQUARE_ROOT -> a.op(VSQRTPS, x, x);
            case EXPONENTIAL -> {
                Vec n = fresh();
                Vec p = fresh();
                Vec t = fresh();
                Exponential.emitAlone(a, x, n, p, t);
                release(n);
                release(p);
                release(t);
            }
        }
        return x;
    }

    private Vec binary(Node.Binary binary) {
        int first = binary.a();
        int second = binary.b();
        boolean commutes = binary.operator() == Operator.ADD || binary.operator() == Operator.MULTIPLY;
        if (commutes && (!inRegister(first) && inRegister(second) || !dies(first) && dies(second))) {
            first = binary.b();
            second = binary.a();
        }
        VectorOp op = LoopEmitter.operation(binary.operator());
        Operand b = operand(second);
        if (first != second && !dies(first) && inRegister(first)) {
            Vec a1 = (Vec) operand(first);
            Vec to = dies(second) ? last(second) : fresh();
            a.op(op, to, a1, b);
            return to;
        }
        Vec to = taken(first);
        a.op(op, to, to, first == second ? to : b);
        return to;
    }

    private Vec fused(Node.Fused fused) {
        int x = fused.a();
        int y = fused.b();
        if (!inRegister(x) && inRegister(y)) {
            x = fused.b();
            y = fused.a();
        }
        Operand right = operand(y);
        boolean alone = fused.c() != x && fused.c() != y;
        if (!alone || dies(fused.c()) || !inRegister(x) || !dies(x) || fused.negative() || x == y) {
            Operand left = operand(x);
            Vec sum;
            if (alone) {
                sum = taken(fused.c());
            } else {
                Operand from = operand(fused.c());
                sum = fresh();
                a.op(VMOVUPS, sum, from);
            }
            Vec factor;
            boolean loaded = !(left instanceof Vec);
            if (left instanceof Vec register) {
                factor = register;
            } else {
                factor = fresh();
                a.op(VMOVUPS, factor, left);
            }
            a.op(fused.negative() ? VFNMADD231PS : VFMADD231PS, sum, factor, x == y ? factor : right);
            if (loaded) {
                release(factor);
            }
            return sum;
        }
        Vec to = last(x);
        Vec factor;
        boolean loaded = !(right instanceof Vec);
        if (right instanceof Vec register) {
            factor = register;
        } else {
            factor = fresh();
            a.op(VMOVUPS, factor, right);
        }
        a.op(VFMADD213PS, to, factor, operand(fused.c()));
        if (loaded) {
            release(factor);
        }
        return to;
    }

    private void store(Step.Store store) {
        Vec value = register(store.value());
        Mem to = LoopEmitter.element(store.pointer(), store.offset(), vector);
        if (masked) {
            a.op(VMASKMOVPS_STORE, to, MASK, value);
        } else {
            a.op(VMOVUPS_STORE, to, value);
        }
        releaseCopy(store.value(), value);
    }

    /** A value in a register: its own, or a copy to be given back by {@link #releaseCopy}. */
    private Vec register(int value) {
        Operand from = operand(value);
        if (from instanceof Vec own) {
            return own;
        }
        Vec copy = fresh();
        a.op(VMOVUPS, copy, from);
        return copy;
    }

    private void releaseCopy(int value, Vec register) {
        if (!inRegister(value)) {
            release(register);
        }
    }

    private void reduce(Step.Reduce reduce) {
        Vec sum = Objects.requireNonNull(sums.get(reduce.value()))[vector];
        Vec of = register(reduce.of());
        if (reduce.reduction() == Reduction.MAX) {
            if (masked) {
                Vec larger = fresh();
                a.op(VMAXPS, larger, sum, of);
                a.op(VBLENDVPS, sum, sum, larger, MASK); // lanes beyond the end stay, NaN too
                release(larger);
            } else {
                a.op(VMAXPS, sum, sum, of);
            }
        } else if (reduce.times() < 0) {
            if (masked) {
                Vec whole = fresh();
                a.op(VANDPS, whole, of, MASK);
                a.op(VADDPS, sum, sum, whole);
                release(whole);
            } else {
                a.op(VADDPS, sum, sum, of);
            }
        } else if (masked) {
            Vec left = fresh();
            Vec right = fresh();
            a.op(VANDPS, left, of, MASK);
            a.op(VANDPS, right, MASK, operand(reduce.times()));
            a.op(VFMADD231PS, sum, left, right);
            release(left);
            release(right);
        } else {
            a.op(VFMADD231PS, sum, of, operand(reduce.times()));
        }
        releaseCopy(reduce.of(), of);
    }
}
