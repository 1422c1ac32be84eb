package dev.jerboa.kernel.ops.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.loop.InterpretedLoop;
import dev.jerboa.kernel.ops.loop.Loop;
import dev.jerboa.kernel.ops.loop.LoopBuilder;
import dev.jerboa.kernel.ops.loop.LoopSpec;
import dev.jerboa.kernel.ops.loop.Value;
import dev.jerboa.kernel.ops.machine.GuardedMemory.Edge;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class MachineLoopTest {
    private static final int POINTERS = 4;
    private static final int COLS = 3;

    /** Loops of random steps: few values and many, so that registers suffice and do not; each tier gives the same bits. */
    @Property(tries = 400)
    void randomLoopsGiveTheBitsOfTheInterpreter(
            @ForAll @IntRange(min = 1, max = 60) int steps,
            @ForAll @IntRange(min = 0, max = 100) int count,
            @ForAll @IntRange(min = 1, max = 3) int rows,
            @ForAll Edge edge,
            @ForAll long seed) {
        LoopSpec spec = random(steps, new Random(seed));
        for (Routines routines : Targets.here()) {
            try (GuardedMemory memory = new GuardedMemory()) {
                List<float[]> expected = run(new InterpretedLoop(spec), spec, memory, edge, rows, count, seed);
                Loop emitted = new MachineLoop(spec, routines.get(spec, target -> LoopEmitter.emit(spec, target)));
                List<float[]> found = run(emitted, spec, memory, edge, rows, count, seed);
                for (int p = 0; p < POINTERS; p++) {
                    for (int i = 0; i < expected.get(p).length; i++) {
                        float a = expected.get(p)[i];
                        float b = found.get(p)[i];
                        assertThat(Float.floatToIntBits(b))
                                .as("pointer %d, float %d: %s, expected %s, of %s", p, i, b, a, spec)
                                .isEqualTo(Float.floatToIntBits(a));
                    }
                }
            }
        }
    }

    /** Rows of {@code COLS} stretches of {@code count} floats and one float for numbers of the row. */
    private static List<float[]> run(
            Loop loop, LoopSpec spec, GuardedMemory memory, Edge edge, int rows, int count, long seed) {
        Random random = new Random(seed + 1);
        int stride = COLS * count + 1;
        List<MemorySegment> tables = new ArrayList<>();
        for (int p = 0; p < POINTERS; p++) {
            float[] values = new float[rows * stride];
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextInt(20) == 0 ? special(random) : (float) (3 * random.nextGaussian());
            }
            tables.add(memory.floats(values, edge));
        }
        Loop.Call call = loop.call();
        for (int p = 0; p < spec.pointers(); p++) {
            call.at(p, tables.get(p).address(), (long) Float.BYTES * stride);
        }
        call.count(0, count)
                .count(1, count / 2, 0)
                .scalar(0, 0.75f)
                .scalar(1, -2)
                .run(rows);
        return tables.stream().map(table -> table.toArray(FloatRows.FLOAT)).toList();
    }

    private static float special(Random random) {
        return new float[] {0, -0f, 200, -200, 1e30f, -1e30f, 1e-30f, Float.POSITIVE_INFINITY, Float.NaN}
                [random.nextInt(9)];
    }

    /** Two loops with numbers of the row before, between and after them. */
    private static LoopSpec random(int steps, Random random) {
        return LoopBuilder.of("random", l -> {
            List<Value> numbers = new ArrayList<>(List.of(
                    l.constant(random.nextFloat()), l.scalar(0), l.scalar(1), l.rowLoad(random.nextInt(POINTERS), 0)));
            compute(numbers, random.nextInt(4), random, false);
            for (int loop = 0; loop < 2; loop++) {
                int unroll = 1 << random.nextInt(3);
                l.each(loop, unroll);
                List<Value> elements = new ArrayList<>(numbers);
                List<Value> sums = new ArrayList<>();
                for (int i = 0; i < 1 + random.nextInt(6); i++) {
                    elements.add(l.load(random.nextInt(POINTERS), 0));
                }
                compute(elements, steps / 2, random, true);
                for (int i = 0; i < random.nextInt(3); i++) {
                    Value of = pick(elements, random);
                    sums.add(
                            switch (random.nextInt(3)) {
                                case 0 -> l.sum(of);
                                case 1 -> l.sum(of, pick(elements, random));
                                default -> l.max(of);
                            });
                }
                for (int i = 0; i < 1 + random.nextInt(3); i++) {
                    l.give(random.nextInt(POINTERS), 0, pick(elements, random), random.nextBoolean());
                }
                l.row();
                numbers.addAll(sums);
                compute(numbers, random.nextInt(3), random, false);
            }
            l.store(random.nextInt(POINTERS), 0, pick(numbers, random));
        });
    }

    private static Value pick(List<Value> values, Random random) {
        int recent = Math.min(values.size(), random.nextBoolean() ? 4 : values.size());
        return values.get(values.size() - 1 - random.nextInt(recent));
    }

    private static void compute(List<Value> values, int steps, Random random, boolean often) {
        for (int i = 0; i < steps; i++) {
            Value a = pick(values, random);
            Value b = pick(values, random);
            Value c = pick(values, random);
            values.add(
                    switch (random.nextInt(12)) {
                        case 0 -> a.add(b);
                        case 1 -> a.sub(b);
                        case 2 -> a.mul(b);
                        case 3 -> a.div(b);
                        case 4 -> a.max(b);
                        case 5 -> a.min(b);
                        case 6 -> a.fma(b, c);
                        case 7 -> a.fnma(b, c);
                        case 8 -> a.neg();
                        case 9 -> a.mul(a).sqrt();
                        case 10 -> a.min(b).exp();
                        default -> a.sigmoid();
                    });
        }
    }
}
