package dev.jerboa.kernel.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Ops.Precision;
import dev.jerboa.kernel.ops.scalar.ScalarOps;
import dev.jerboa.kernel.ops.vector.VectorOps;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Drawn shapes, types and selections: the vector tier computes what the scalar reference does. */
class TiersAgreeTest {
    private static final Ops SCALAR = new ScalarOps();
    private static final Ops VECTOR = VectorOps.create();

    @Provide
    Arbitrary<DType> types() {
        return Arbitraries.of(RandomWeights.types());
    }

    @Property(tries = 150)
    void products(
            @ForAll("types") DType type,
            @ForAll @IntRange(min = 1, max = 80) int rows,
            @ForAll @IntRange(min = 1, max = 9) int blocks,
            @ForAll @IntRange(min = 1, max = 12) int tokens,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll boolean accumulate,
            @ForAll long seed) {
        Random random = new Random(seed);
        int cols = blocks * type.blockSize();
        int[] index = random.ints(tokens + 2, 0, 7).toArray();
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(workers)) {
            Matrix matrix = RandomWeights.matrix(arena, type, rows, cols, random);
            FloatRows x = OpsTest.random(arena, random, 7, cols);
            FloatRows before = OpsTest.random(arena, random, tokens + 1, rows + 3);
            FloatRows[] results = new FloatRows[2];
            for (Ops ops : List.of(SCALAR, VECTOR)) {
                Weights w = ops.weights(matrix, Precision.EXACT, arena);
                Panel panel = ops.panel(arena, 7, cols, List.of(w));
                panel.rows().data().copyFrom(x.data());
                FloatRows out = OpsTest.copyOf(arena, before);
                team.run(worker -> {
                    ops.prepare(worker, panel, 7);
                    worker.barrier();
                    ops.product(worker, w, panel, index, 1, tokens, out, 1, accumulate);
                });
                results[ops == SCALAR ? 0 : 1] = out;
            }
            float[] weights = new float[cols];
            for (int r = 0; r < rows + 3; r++) {
                if (r < rows) {
                    StoredRow.decode(matrix, r, weights);
                }
                for (int t = 0; t <= tokens; t++) {
                    float expected = results[0].get(t, r);
                    if (t == 0 || r >= rows) {
                        assertThat(results[1].get(t, r)).isEqualTo(expected).isEqualTo(before.get(t, r));
                        continue;
                    }
                    double magnitude = Math.abs(before.get(t, r));
                    for (int c = 0; c < cols; c++) {
                        magnitude += Math.abs((double) weights[c] * x.get(index[t], c));
                    }
                    double most = 1e-6 * magnitude + Float.MIN_VALUE;
                    if (!(Math.abs((double) results[1].get(t, r) - expected) <= most)) {
                        assertThat((double) results[1].get(t, r)).isCloseTo(expected, within(most));
                    }
                }
            }
        }
    }

    @Property(tries = 100)
    void attention(
            @ForAll @IntRange(min = 1, max = 4) int kvHeads,
            @ForAll @IntRange(min = 1, max = 5) int group,
            @ForAll @IntRange(min = 8, max = 192) int headDim,
            @ForAll @IntRange(min = 8, max = 192) int valueDim,
            @ForAll @IntRange(min = 0, max = 70) int window,
            @ForAll @IntRange(min = 0, max = 7) int pageShift,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll long seed) {
        Random random = new Random(seed);
        int count = 5;
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(workers)) {
            int slots = 256;
            FloatRows keys = OpsTest.random(arena, random, slots, kvHeads * headDim);
            FloatRows values = OpsTest.random(arena, random, slots, kvHeads * valueDim);
            KvLayer cache = new KvLayer(keys.data(), values.data(), keys.cols(), values.cols(), pageShift);
            int[] pages = random.ints(0, slots >> pageShift)
                    .distinct()
                    .limit(slots >> pageShift)
                    .toArray();
            int[] positions = random.ints(count, 0, slots).toArray();
            int[][] tables = new int[count][];
            Arrays.fill(tables, pages);
            StepTokens tokens = new StepTokens(count, positions, tables);
            AttentionShape shape = new AttentionShape(
                    kvHeads * group, kvHeads, headDim, valueDim, (float) (1 / Math.sqrt(headDim)), window);
            FloatRows queries = OpsTest.random(arena, random, count, kvHeads * group * headDim);
            FloatRows expected = FloatRows.allocate(arena, count, kvHeads * group * valueDim);
            FloatRows found = FloatRows.allocate(arena, count, kvHeads * group * valueDim);
            team.run(worker -> {
                SCALAR.attention(worker, queries, tokens, cache, shape, expected);
                VECTOR.attention(worker, queries, tokens, cache, shape, found);
            });
            OpsTest.assertClose(found, expected, 1e-5f);
        }
    }

    /** Extremes meet the same fate in both tiers: infinities, NaNs, the smallest and the largest floats. */
    @Property(tries = 200)
    void elementwiseExtremes(@ForAll @IntRange(min = 1, max = 70) int width, @ForAll long seed) {
        Random random = new Random(seed);
        float[] extremes = {
            0,
            -0f,
            Float.NaN,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            Float.MIN_VALUE,
            -1e-40f,
            3e38f,
            -3e38f,
            88,
            -88,
            -104,
            1,
            -1
        };
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(1)) {
            FloatRows gate = FloatRows.allocate(arena, 1, width);
            FloatRows up = FloatRows.allocate(arena, 1, width);
            for (int c = 0; c < width; c++) {
                gate.set(0, c, extremes[random.nextInt(extremes.length)]);
                up.set(0, c, random.nextInt(3) - 1);
            }
            for (Activation activation : Activation.values()) {
                Panel expected = SCALAR.panel(arena, 1, width, List.of());
                Panel found = VECTOR.panel(arena, 1, width, List.of());
                team.run(w -> {
                    SCALAR.gatedUnit(w, activation, gate, up, 0, 1, expected);
                    VECTOR.gatedUnit(w, activation, gate, up, 0, 1, found);
                });
                for (int c = 0; c < width; c++) {
                    float e = expected.rows().get(0, c);
                    float f = found.rows().get(0, c);
                    boolean same =
                            e == f || Float.isNaN(e) && Float.isNaN(f) || Math.abs(e - f) <= 1e-6 * Math.abs(e) + 1e-36;
                    assertThat(same)
                            .as("%s(%s) × %s: %s and %s", activation, gate.get(0, c), up.get(0, c), e, f)
                            .isTrue();
                }
            }
        }
    }
}
