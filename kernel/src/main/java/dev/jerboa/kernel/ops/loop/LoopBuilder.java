package dev.jerboa.kernel.ops.loop;

import dev.jerboa.kernel.ops.loop.LoopSpec.Each;
import dev.jerboa.kernel.ops.loop.LoopSpec.Node;
import dev.jerboa.kernel.ops.loop.LoopSpec.Reduction;
import dev.jerboa.kernel.ops.loop.LoopSpec.Stage;
import dev.jerboa.kernel.ops.loop.LoopSpec.Step;
import dev.jerboa.kernel.ops.loop.LoopSpec.Straight;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Describes what is done for each row, from top to bottom: single numbers of the row, then, after {@link #each}, what is done
 * for each of its elements, and so on.
 *
 * <pre>{@code
 * LoopSpec norm = LoopBuilder.of("norm", l -> {
 *     l.each(0, 4);                                      // every element of the row, count 0
 *     Value x = l.load(IN);
 *     Value squares = l.sum(x, x);
 *     l.row();                                           // numbers of the row again
 *     Value scale = l.constant(1).div(squares.div(l.scalar(0)).add(l.scalar(1)).sqrt());
 *     l.each(0);
 *     l.store(OUT, l.load(IN).mul(scale));
 * });
 * }</pre>
 *
 * <p>Elements are independent: nothing that is stored for one may be loaded for another one of the same loop. Rows go one after
 * another, and may read what earlier ones stored.
 */
public final class LoopBuilder {
    private final String name;
    private final List<Step.Define> invariants = new ArrayList<>();
    private final List<Stage> stages = new ArrayList<>();
    private final Map<Node, Value> known = new HashMap<>();
    private List<Step> steps = new ArrayList<>();
    private int count = -1;
    private int unroll = 1;
    private int values;
    private int pointers;
    private int counts;
    private int scalars;

    private LoopBuilder(String name) {
        this.name = name;
    }

    /** The loop that {@code describe} describes. */
    public static LoopSpec of(String name, Consumer<LoopBuilder> describe) {
        LoopBuilder builder = new LoopBuilder(name);
        describe.accept(builder);
        builder.end();
        return new LoopSpec(
                name,
                builder.pointers,
                builder.counts,
                builder.scalars,
                builder.values,
                builder.invariants,
                builder.stages);
    }

    /** What follows is done for each of as many elements as count {@code count} says. */
    public void each(int count) {
        each(count, 1);
    }

    /**
     * The same, {@code unroll} vectors at a time.
     *
     * @param unroll 1, 2 or 4: sums are taken by so many times {@value LoopSpec#LANES} floats
     */
    public void each(int count, int unroll) {
        end();
        this.count = count;
        this.unroll = unroll;
        counts = Math.max(counts, count + 1);
    }

    /** What follows is done once a row. */
    public void row() {
        end();
        count = -1;
    }

    private void end() {
        if (!steps.isEmpty()) {
            stages.add(count < 0 ? new Straight(steps) : new Each(count, unroll, steps));
        }
        steps = new ArrayList<>();
        known.values().removeIf(value -> value.stage >= 0);
    }

    /** A number of the description. */
    public Value constant(float number) {
        return invariant(new Node.Constant(number));
    }

    /** Number {@code index} of the call. */
    public Value scalar(int index) {
        scalars = Math.max(scalars, index + 1);
        return invariant(new Node.Scalar(index));
    }

    private Value invariant(Node node) {
        return known.computeIfAbsent(node, n -> {
            Value value = new Value(this, values++, Value.CALL, 0);
            invariants.add(new Step.Define(value.number, n));
            return value;
        });
    }

    /** The element of a pointer's row. */
    public Value load(int pointer) {
        return load(pointer, 0);
    }

    /** The element that is {@code offset} floats further, in another stretch of the row. */
    public Value load(int pointer, int offset) {
        if (count < 0) {
            throw new IllegalStateException(name + ": an element is loaded outside of each");
        }
        pointers = Math.max(pointers, pointer + 1);
        return add(new Node.Load(pointer, offset), stages.size());
    }

    /** The float {@code offset} floats after where the row begins. */
    public Value rowLoad(int pointer, int offset) {
        if (count >= 0) {
            throw new IllegalStateException(name + ": a number of the row is loaded inside of each");
        }
        pointers = Math.max(pointers, pointer + 1);
        return add(new Node.RowLoad(pointer, offset), Value.ROW);
    }

    private Value add(Node node, int stage) {
        Value value = new Value(this, values++, stage, stages.size());
        steps.add(new Step.Define(value.number, node));
        return value;
    }

    /** Stores an element. */
    public void store(int pointer, Value value) {
        store(pointer, 0, value);
    }

    /** Stores an element {@code offset} floats further; in {@link #row}, a number there. */
    public void store(int pointer, int offset, Value value) {
        check(value);
        pointers = Math.max(pointers, pointer + 1);
        steps.add(new Step.Store(pointer, offset, value.number));
    }

    /** Adds to an element. */
    public void addTo(int pointer, int offset, Value value) {
        store(pointer, offset, (count < 0 ? rowLoad(pointer, offset) : load(pointer, offset)).add(value));
    }

    /** Stores an element or number, or adds to it. */
    public void give(int pointer, int offset, Value value, boolean adds) {
        if (adds) {
            addTo(pointer, offset, value);
        } else {
            store(pointer, offset, value);
        }
    }

    /** {@code a · b}, added to what is there if {@code adds}, stored. */
    public void giveProduct(int pointer, int offset, Value a, Value b, boolean adds) {
        store(pointer, offset, adds ? a.fma(b, load(pointer, offset)) : a.mul(b));
    }

    /**
     * The sum of an element's value over the row, known after {@link #each}. In whole groups of {@code unroll · 8} elements, sum
     * i mod (unroll · 8) takes element i; those after them go to the first 8 in turn; then the groups of 8 are added pairwise, and
     * halves onto each other.
     */
    public Value sum(Value of) {
        return reduce(LoopSpec.Reduction.SUM, of, -1);
    }

    /** The sum of products, added by fused multiply-adds. */
    public Value sum(Value of, Value times) {
        check(times);
        return reduce(LoopSpec.Reduction.SUM, of, times.number);
    }

    /** The largest; −∞ of none. */
    public Value max(Value of) {
        return reduce(LoopSpec.Reduction.MAX, of, -1);
    }

    private Value reduce(Reduction reduction, Value of, int times) {
        if (count < 0) {
            throw new IllegalStateException(name + ": elements are summed outside of each");
        }
        check(of);
        Value value = new Value(this, values++, Value.ROW, stages.size() + 1);
        steps.add(new Step.Reduce(value.number, reduction, of.number, times));
        return value;
    }

    private void check(Value value) {
        boolean ofOther = value.stage >= 0 && (value.stage != stages.size() || count < 0);
        if (value.builder != this || ofOther || value.since > stages.size()) {
            throw new IllegalStateException(
                    name + ": a value is used outside of the loop that it belongs to, or before it is known");
        }
    }

    Value define(Node node, Value... of) {
        int stage = Value.ROW;
        for (Value value : of) {
            check(value);
            stage = Math.max(stage, value.stage);
        }
        if (count >= 0) {
            stage = stages.size(); // numbers of the row alone are better computed before
        }
        Value before = known.get(node);
        if (before != null) {
            return before;
        }
        Value value = add(node, stage);
        known.put(node, value);
        return value;
    }
}
