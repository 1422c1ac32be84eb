package dev.jerboa.kernel.ops.loop;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.loop.LoopSpec.Each;
import dev.jerboa.kernel.ops.loop.LoopSpec.Node;
import dev.jerboa.kernel.ops.loop.LoopSpec.Reduction;
import dev.jerboa.kernel.ops.loop.LoopSpec.Stage;
import dev.jerboa.kernel.ops.loop.LoopSpec.Step;
import dev.jerboa.kernel.ops.loop.LoopSpec.Straight;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A fused loop, interpreted: a chunk of elements at a time goes through all steps, each a plain loop over arrays that the JVM's
 * compiler makes vectors of. The reference of the loops that are emitted, and what runs where none can be.
 */
public final class InterpretedLoop implements Loop {
    private static final int CHUNK = 256;
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final ValueLayout.OfFloat FLOAT = FloatRows.FLOAT;

    private final LoopSpec spec;
    private final ThreadLocal<Own> calls;

    public InterpretedLoop(LoopSpec spec) {
        this.spec = spec;
        this.calls = ThreadLocal.withInitial(() -> new Own(spec));
    }

    @Override
    public Call call() {
        return calls.get();
    }

    @Override
    public String toString() {
        return "interpreted " + spec.name();
    }

    private static final class Own implements Call {
        private final LoopSpec spec;
        private final long[] addresses;
        private final long[] strides;
        private final long[] counts;
        private final long[] more;
        private final float[] scalars;

        /** Of the call and of the row. */
        private final float[] numbers;

        private final float[][] elements;

        /** Those of the call and the row as elements, where they are used so. */
        private final float[][] spread;

        private final float[][] sums;

        Own(LoopSpec spec) {
            this.spec = spec;
            this.addresses = new long[spec.pointers()];
            this.strides = new long[spec.pointers()];
            this.counts = new long[spec.counts()];
            this.more = new long[spec.counts()];
            this.scalars = new float[spec.scalars()];
            this.numbers = new float[spec.values()];
            this.elements = new float[spec.values()][];
            this.spread = new float[spec.values()][];
            this.sums = new float[spec.values()][];
            for (Stage stage : spec.stages()) {
                if (stage instanceof Each each) {
                    for (Step step : each.steps()) {
                        switch (step) {
                            case Step.Define define -> elements[define.value()] = new float[CHUNK];
                            case Step.Reduce reduce -> sums[reduce.value()] = new float[LoopSpec.LANES * each.unroll()];
                            case Step.Store store -> {}
                        }
                    }
                }
            }
        }

        @Override
        public Call at(int pointer, long address, long strideBytes) {
            addresses[pointer] = address;
            strides[pointer] = strideBytes;
            return this;
        }

        @Override
        public Call count(int count, long elements, long more) {
            counts[count] = elements;
            this.more[count] = more;
            return this;
        }

        @Override
        public Call scalar(int index, float value) {
            scalars[index] = value;
            return this;
        }

        @Override
        public void run(int rows) {
            for (Step.Define define : spec.invariants()) {
                numbers[define.value()] = number(define.node());
            }
            for (int row = 0; row < rows; row++) {
                for (Stage stage : spec.stages()) {
                    switch (stage) {
                        case Straight straight -> straight.steps().forEach(this::step);
                        case Each each -> each(each);
                    }
                }
                for (int p = 0; p < addresses.length; p++) {
                    addresses[p] += strides[p];
                }
                for (int c = 0; c < counts.length; c++) {
                    counts[c] += more[c];
                }
            }
        }

        private void step(Step step) {
            switch (step) {
                case Step.Define define -> numbers[define.value()] = number(define.node());
                case Step.Store store -> MEMORY.set(FLOAT, at(store.pointer(), store.offset()), numbers[store.value()]);
                case Step.Reduce reduce -> throw new IllegalStateException("a sum of no elements");
            }
        }

        private long at(int pointer, long offset) {
            return addresses[pointer] + Float.BYTES * offset;
        }

        private float number(Node node) {
            return switch (node) {
                case Node.Constant constant -> constant.number();
                case Node.Scalar scalar -> scalars[scalar.index()];
                case Node.RowLoad load -> MEMORY.get(FLOAT, at(load.pointer(), load.offset()));
                case Node.Load load -> throw new IllegalStateException("an element outside of a loop");
                case Node.Unary unary -> unary(unary.function(), numbers[unary.a()]);
                case Node.Binary binary -> binary(binary.operator(), numbers[binary.a()], numbers[binary.b()]);
                case Node.Fused fused ->
                    Math.fma(
                            fused.negative() ? -numbers[fused.a()] : numbers[fused.a()],
                            numbers[fused.b()],
                            numbers[fused.c()]);
            };
        }

        private static float unary(LoopSpec.Function function, float a) {
            return switch (function) {
                case NEGATION -> -a;
                case SQUARE_ROOT -> (float) Math.sqrt(a);
                case EXPONENTIAL -> Exponential.of(a);
            };
        }

        private static float binary(LoopSpec.Operator operator, float a, float b) {
            return switch (operator) {
                case ADD -> a + b;
                case SUBTRACT -> a - b;
                case MULTIPLY -> a * b;
                case DIVIDE -> a / b;
                case MAX -> a > b ? a : b;
                case MIN -> a < b ? a : b;
            };
        }

        private void each(Each each) {
            long count = Math.max(0, counts[each.count()]);
            int group = LoopSpec.LANES * each.unroll();
            long whole = count - count % group;
            for (Step step : each.steps()) {
                if (step instanceof Step.Reduce reduce) {
                    float none = reduce.reduction() == Reduction.SUM ? 0 : Float.NEGATIVE_INFINITY;
                    Arrays.fill(sums[reduce.value()], none);
                }
            }
            for (long from = 0; from < count; from += CHUNK) {
                int size = (int) Math.min(CHUNK, count - from);
                for (Step step : each.steps()) {
                    switch (step) {
                        case Step.Define define -> define(define.node(), elements[define.value()], from, size);
                        case Step.Store store ->
                            MemorySegment.copy(
                                    column(store.value(), size),
                                    0,
                                    MEMORY,
                                    FLOAT,
                                    at(store.pointer(), store.offset() + from),
                                    size);
                        case Step.Reduce reduce -> reduce(reduce, from, size, whole, group);
                    }
                }
            }
            for (Step step : each.steps()) {
                if (step instanceof Step.Reduce reduce) {
                    numbers[reduce.value()] = joined(reduce.reduction(), sums[reduce.value()]);
                }
            }
        }

        /** A value's elements; of the call's and the row's, as often as asked. */
        private float[] column(int value, int size) {
            if (elements[value] != null) {
                return elements[value];
            }
            float[] own = spread[value];
            if (own == null) {
                own = new float[CHUNK];
                spread[value] = own;
            }
            Arrays.fill(own, 0, size, numbers[value]);
            return own;
        }

        private void reduce(Step.Reduce reduce, long from, int size, long whole, int group) {
            float[] into = sums[reduce.value()];
            float[] of = column(reduce.of(), size);
            float[] times = reduce.times() < 0 ? of : column(reduce.times(), size);
            for (int i = 0; i < size; i++) {
                long element = from + i;
                int lane = (int) (element < whole ? element % group : element % LoopSpec.LANES);
                if (reduce.reduction() == Reduction.MAX) {
                    into[lane] = into[lane] > of[i] ? into[lane] : of[i];
                } else if (reduce.times() < 0) {
                    into[lane] += of[i];
                } else {
                    into[lane] = Math.fma(of[i], times[i], into[lane]);
                }
            }
        }

        private static float joined(Reduction reduction, float[] lanes) {
            for (int apart = LoopSpec.LANES; apart < lanes.length; apart *= 2) {
                for (int group = 0; group + apart < lanes.length; group += 2 * apart) {
                    for (int i = group; i < group + LoopSpec.LANES; i++) {
                        lanes[i] = joined(reduction, lanes[i], lanes[i + apart]);
                    }
                }
            }
            for (int half = LoopSpec.LANES / 2; half > 0; half /= 2) {
                for (int i = 0; i < half; i++) {
                    lanes[i] = joined(reduction, lanes[i], lanes[i + half]);
                }
            }
            return lanes[0];
        }

        private static float joined(Reduction reduction, float a, float b) {
            return reduction == Reduction.SUM ? a + b : a > b ? a : b;
        }

        private void define(Node node, float[] to, long from, int size) {
            switch (node) {
                case Node.Constant constant -> Arrays.fill(to, 0, size, constant.number());
                case Node.Scalar scalar -> Arrays.fill(to, 0, size, scalars[scalar.index()]);
                case Node.RowLoad load -> Arrays.fill(to, 0, size, number(load));
                case Node.Load load ->
                    MemorySegment.copy(MEMORY, FLOAT, at(load.pointer(), load.offset() + from), to, 0, size);
                case Node.Unary unary -> unary(unary.function(), column(unary.a(), size), to, size);
                case Node.Binary binary ->
                    binary(binary.operator(), column(binary.a(), size), column(binary.b(), size), to, size);
                case Node.Fused fused -> {
                    float[] a = column(fused.a(), size);
                    float[] b = column(fused.b(), size);
                    float[] c = column(fused.c(), size);
                    if (fused.negative()) {
                        for (int i = 0; i < size; i++) {
                            to[i] = Math.fma(-a[i], b[i], c[i]);
                        }
                    } else {
                        for (int i = 0; i < size; i++) {
                            to[i] = Math.fma(a[i], b[i], c[i]);
                        }
                    }
                }
            }
        }

        private static void unary(LoopSpec.Function function, float[] a, float[] to, int size) {
            switch (function) {
                case NEGATION -> {
                    for (int i = 0; i < size; i++) {
                        to[i] = -a[i];
                    }
                }
                case SQUARE_ROOT -> {
                    for (int i = 0; i < size; i++) {
                        to[i] = (float) Math.sqrt(a[i]);
                    }
                }
                case EXPONENTIAL -> {
                    for (int i = 0; i < size; i++) {
                        to[i] = Exponential.of(a[i]);
                    }
                }
            }
        }

        private static void binary(LoopSpec.Operator operator, float[] a, float[] b, float[] to, int size) {
            switch (operator) {
                case ADD -> {
                    for (int i = 0; i < size; i++) {
                        to[i] = a[i] + b[i];
                    }
                }
                case SUBTRACT -> {
                    for (int i = 0; i < size; i++) {
                        to[i] = a[i] - b[i];
                    }
                }
                case MULTIPLY -> {
                    for (int i = 0; i < size; i++) {
                        to[i] = a[i] * b[i];
                    }
                }
                case DIVIDE -> {
                    for (int i = 0; i < size; i++) {
                        to[i] = a[i] / b[i];
                    }
                }
                default -> {
                    for (int i = 0; i < size; i++) {
                        to[i] = binary(operator, a[i], b[i]);
                    }
                }
            }
        }
    }
}
