package dev.jerboa.train.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.train.data.Batch;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Operations on a tape of their own, between leaves with random values and sinks that weigh every output by a random number, and
 * the same in double precision.
 *
 * <pre>
 * leaves, parameters → subject → sinks: loss = Σ projection · output + the subject's own loss
 * expected gradients: central differences of the formula in doubles
 * found gradients:    leaves' after two passes, parameters' after two passes, which add up
 * </pre>
 *
 * <p>Every subject is replayed as the only reader of its inputs, and with another reader after it, to whose gradients it adds; by one
 * worker and by a team of 2 or 3, and computed again before backward, which must agree in every bit. What an operation does not say to
 * need is not a number.
 */
final class Trial {
    /** What a subject computes, in doubles. */
    interface Formula {
        Expected of(Values values);
    }

    /** A loss of the subject's own, and its outputs in the order of {@link #project}. */
    record Expected(double loss, List<double[]> outputs) {
        static Expected of(double[]... outputs) {
            return new Expected(0, List.of(outputs));
        }
    }

    /** Values by the name of their leaf or parameter. */
    record Values(Map<String, double[]> all) {
        double[] get(String name) {
            return at(all, name);
        }
    }

    /** Puts operations on {@link #tape}. */
    interface Subject {
        Formula build(Trial trial);
    }

    private record Found(double loss, List<float[]> outputs, Map<String, float[]> gradients) {}

    /** Expected gradients of some elements of an input, where nothing else reads it. */
    private record Slopes(int[] places, double[] expected) {}

    private static final double STEP = 1e-5;
    private static final int MOST_ELEMENTS = 250;

    final Arena arena;
    final Tape tape;
    private final Random random = new Random(7);
    private final boolean secondReader;
    private final Map<String, double[]> values = new LinkedHashMap<>();
    private final Map<String, double[]> seconds = new LinkedHashMap<>();
    private final Map<String, Leaf> leaves = new LinkedHashMap<>();
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();
    private final List<Sink> sinks = new ArrayList<>();
    private final int tokens;
    private int outputs;
    private final @Nullable Parts again;
    private DoubleSupplier ownLoss = () -> 0;

    private Trial(Arena arena, Team team, Batch batch, boolean secondReader, @Nullable Parts again) {
        this.arena = arena;
        this.tokens = batch.tokens();
        this.tape = new Tape(OpsProvider.ops().gemm(), arena, tokens + 3, team);
        this.secondReader = secondReader;
        this.again = again;
    }

    /** Sequences of random tokens, each followed by the next; nothing follows the last. */
    static Batch batch(int vocabulary, int... lengths) {
        Random random = new Random(3);
        Batch batch = new Batch(IntStream.of(lengths).sum());
        for (int length : lengths) {
            int[] ids = random.ints(length, 0, vocabulary).toArray();
            float[] weights = new float[length];
            for (int i = 0; i < length; i++) {
                weights[i] = i % 3 == 2 ? 0 : 0.2f + random.nextFloat();
            }
            batch.addSequence(ids, weights);
        }
        return batch;
    }

    /** An input of random values with this standard deviation. */
    Tensor leaf(String name, int cols, double deviation) {
        double[] drawn = draw(tokens * cols, deviation);
        values.put(name, drawn);
        Leaf leaf = new Leaf(tape, name, cols, drawn);
        leaves.put(name, leaf);
        return leaf.out;
    }

    /** A parameter of random values. */
    Parameter parameter(String name, double deviation, long... shape) {
        Parameter made = Parameter.of(arena, name, shape);
        double[] drawn = draw((int) made.elements(), deviation);
        values.put(name, drawn);
        for (int i = 0; i < drawn.length; i++) {
            made.value().data().setAtIndex(FloatRows.FLOAT, i, (float) drawn[i]);
        }
        parameters.put(name, made);
        return made;
    }

    /** An output, which the loss reads. */
    void project(Tensor out) {
        sinks.add(new Sink(tape, out, draw(tokens * out.cols(), 1)));
        outputs++;
    }

    /** A loss that the subject computes by itself, after a pass. */
    void loss(DoubleSupplier loss) {
        ownLoss = loss;
    }

    private double[] draw(int count, double deviation) {
        return random.doubles(count, -1, 1)
                .map(x -> (float) (x * Math.sqrt(3) * deviation))
                .toArray();
    }

    /** Checks values and gradients of a subject for one batch. */
    static void verify(Batch batch, Subject subject) {
        Map<String, Slopes> slopes = new LinkedHashMap<>();
        for (boolean second : new boolean[] {false, true}) {
            Found alone = run(1, batch, second, subject, null, slopes);
            int team = second ? 3 : 2;
            assertSameBits(alone, run(team, batch, second, subject, null, null), "by a team of " + team);
            for (Parts again : Parts.values()) {
                assertSameBits(alone, run(team, batch, second, subject, again, null), "with " + again + " again");
            }
        }
    }

    /** @param slopes what is known of them, for a comparison with the formula; null for none */
    private static Found run(
            int team,
            Batch batch,
            boolean second,
            Subject subject,
            @Nullable Parts again,
            @Nullable Map<String, Slopes> slopes) {
        try (Arena arena = Arena.ofShared();
                Team workers = Team.ofSize(team)) {
            Trial trial = new Trial(arena, workers, batch, second, again);
            trial.block();
            Formula formula = subject.build(trial);
            Found found = trial.replay(batch);
            if (slopes != null) {
                trial.compare(formula, found, slopes);
            }
            return found;
        }
    }

    /** What follows is computed again, unless nothing does. */
    private void block() {
        if (again != null) {
            tape.beginBlock(again);
        }
    }

    private Found replay(Batch batch) {
        block();
        new Sink(tape, new Leaf(tape, "the last block's", 1, new double[tokens]).out, new double[tokens]);
        if (secondReader) {
            leaves.forEach((name, leaf) -> {
                double[] projection = draw(tokens * leaf.out.cols(), 1);
                seconds.put(name, projection);
                sinks.add(new Sink(tape, leaf.out, projection));
            });
        }
        tape.plan();
        tape.spoil();
        tape.forwardAndBackward(batch);
        tape.forwardAndBackward(batch);
        Map<String, float[]> gradients = new LinkedHashMap<>();
        leaves.forEach((name, leaf) -> gradients.put(name, leaf.gradient));
        parameters.forEach(
                (name, parameter) -> gradients.put(name, halved(floats(parameter.gradient(), parameter.rows()))));
        List<float[]> found = new ArrayList<>();
        for (Sink sink : sinks.subList(0, outputs)) {
            found.add(sink.seen);
        }
        return new Found(ownLoss.getAsDouble(), found, gradients);
    }

    private static float[] floats(FloatRows rows, int count) {
        float[] out = new float[count * rows.cols()];
        for (int i = 0; i < out.length; i++) {
            out[i] = rows.data().getAtIndex(FloatRows.FLOAT, i);
        }
        return out;
    }

    private static float[] halved(float[] x) {
        for (int i = 0; i < x.length; i++) {
            x[i] /= 2;
        }
        return x;
    }

    private double total(Formula formula, Map<String, double[]> values) {
        Expected expected = formula.of(new Values(values));
        double sum = expected.loss;
        for (int k = 0; k < expected.outputs.size(); k++) {
            double[] out = expected.outputs.get(k);
            for (int i = 0; i < out.length; i++) {
                sum += out[i] * sinks.get(k).projection[i];
            }
        }
        for (Map.Entry<String, double[]> second : seconds.entrySet()) {
            double[] leaf = at(values, second.getKey());
            for (int i = 0; i < leaf.length; i++) {
                sum += leaf[i] * second.getValue()[i];
            }
        }
        return sum;
    }

    private static <T> T at(Map<String, T> map, String name) {
        T found = map.get(name);
        if (found == null) {
            throw new AssertionError("nothing is called " + name);
        }
        return found;
    }

    private void compare(Formula formula, Found found, Map<String, Slopes> slopes) {
        Expected expected = formula.of(new Values(values));
        assertThat(found.loss)
                .isCloseTo(expected.loss, org.assertj.core.data.Offset.offset(1e-5 * (1 + Math.abs(expected.loss))));
        assertThat(found.outputs).hasSameSizeAs(expected.outputs);
        for (int k = 0; k < found.outputs.size(); k++) {
            close("output " + k, found.outputs.get(k), expected.outputs.get(k), 2e-5);
        }
        values.forEach((name, value) -> elements(
                slopes.computeIfAbsent(name, _ -> slopes(formula, name, value)),
                name,
                value,
                at(found.gradients, name)));
        values.forEach((name, value) -> direction(formula, name, value, at(found.gradients, name)));
    }

    /** Single elements: all of a small input, some of a large one; what a second reader adds to them is known. */
    private void elements(Slopes slopes, String name, double[] value, float[] gradient) {
        assertThat(gradient).as(name).hasSize(value.length);
        double[] added = seconds.get(name);
        double[] expected = new double[slopes.places.length];
        float[] found = new float[expected.length];
        for (int k = 0; k < expected.length; k++) {
            int i = slopes.places[k];
            expected[k] = slopes.expected[k] + (added == null ? 0 : added[i]);
            found[k] = gradient[i];
        }
        close("gradient of " + name, found, expected, 1e-4);
    }

    /** By the formula, on all cores: it is computed twice an element. */
    private Slopes slopes(Formula formula, String name, double[] value) {
        int[] places = value.length <= MOST_ELEMENTS
                ? IntStream.range(0, value.length).toArray()
                : random.ints(MOST_ELEMENTS, 0, value.length).toArray();
        double[] expected = IntStream.of(places)
                .parallel()
                .mapToDouble(i -> {
                    double[] moved = value.clone();
                    Map<String, double[]> all = new HashMap<>(values);
                    all.put(name, moved);
                    moved[i] = value[i] + STEP;
                    double above = total(formula, all);
                    moved[i] = value[i] - STEP;
                    double below = total(formula, all);
                    return (above - below) / (2 * STEP);
                })
                .toArray();
        return new Slopes(places, expected);
    }

    /** All elements at once, along a random direction. */
    private void direction(Formula formula, String name, double[] value, float[] gradient) {
        double[] kept = value.clone();
        double[] v = draw(value.length, 1);
        double along = 0;
        double size = 0;
        for (int i = 0; i < v.length; i++) {
            along += v[i] * gradient[i];
            size += (double) gradient[i] * gradient[i];
            value[i] = kept[i] + STEP / 4 * v[i];
        }
        double above = total(formula, values);
        for (int i = 0; i < v.length; i++) {
            value[i] = kept[i] - STEP / 4 * v[i];
        }
        double below = total(formula, values);
        System.arraycopy(kept, 0, value, 0, kept.length);
        assertThat((above - below) / (STEP / 2))
                .as("along the gradient of %s", name)
                .isCloseTo(along, org.assertj.core.data.Offset.offset(1e-4 * (0.1 + Math.sqrt(size))));
    }

    static void close(String what, float[] found, double[] expected, double tolerance) {
        assertThat(found).as(what).hasSize(expected.length);
        double largest = 1e-2;
        for (double x : expected) {
            largest = Math.max(largest, Math.abs(x));
        }
        for (int i = 0; i < found.length; i++) {
            if (!(Math.abs(found[i] - expected[i]) <= tolerance * largest)) { // a sentence only where it is needed
                assertThat((double) found[i])
                        .as("%s [%d], largest %s", what, i, largest)
                        .isCloseTo(expected[i], org.assertj.core.data.Offset.offset(tolerance * largest));
            }
        }
    }

    private static void assertSameBits(Found alone, Found other, String how) {
        assertThat(other.loss).as("loss %s", how).isEqualTo(alone.loss);
        for (int k = 0; k < alone.outputs.size(); k++) {
            assertThat(other.outputs.get(k)).as("output %d %s", k, how).isEqualTo(alone.outputs.get(k));
        }
        alone.gradients.forEach((name, gradient) -> assertThat(at(other.gradients, name))
                .as("gradient of %s %s", name, how)
                .isEqualTo(gradient));
    }

    /** Given values, whose gradient is kept. */
    private static final class Leaf implements Op {
        private final double[] given;
        private final Tensor out;
        private final float[] gradient;

        Leaf(Tape tape, String name, int cols, double[] given) {
            this.given = given;
            this.out = tape.tensor(name, cols);
            this.gradient = new float[given.length];
            tape.add(this);
        }

        @Override
        public void forward(Pass pass) {
            if (pass.worker().id() == 0) {
                for (int i = 0; i < given.length; i++) {
                    out.value().data().setAtIndex(FloatRows.FLOAT, i, (float) given[i]);
                }
            }
        }

        @Override
        public void backward(Pass pass) {
            if (pass.worker().id() == 0) {
                System.arraycopy(floats(out.gradient(), pass.tokens()), 0, gradient, 0, gradient.length);
            }
        }
    }

    /** A reader whose gradient is its projection; it keeps what it read. */
    private static final class Sink implements Op {
        private final Input x;
        private float[] seen = {};
        private final double[] projection;

        Sink(Tape tape, Tensor x, double[] projection) {
            this.x = tape.use(x).forwardOnly();
            this.projection = projection;
            tape.add(this);
        }

        @Override
        public void forward(Pass pass) {
            if (pass.worker().id() == 0) {
                seen = floats(x.tensor().value(), pass.tokens());
            }
        }

        @Override
        public void backward(Pass pass) {
            FloatRows gradient = x.tensor().gradient();
            for (int t = pass.from(); t < pass.to(); t++) {
                for (int c = 0; c < x.cols(); c++) {
                    float p = (float) projection[t * x.cols() + c];
                    gradient.set(t, c, x.adds() ? gradient.get(t, c) + p : p);
                }
            }
        }
    }
}
