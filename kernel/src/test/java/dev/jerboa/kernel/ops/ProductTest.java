package dev.jerboa.kernel.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Ops.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products of every weight type: values against sums in double, bits against every other way to ask for the same. */
class ProductTest {
    static List<Ops> tiers() {
        return OpsTest.tiers();
    }

    static List<DType> types() {
        return RandomWeights.types();
    }

    private static Matrix matrix(FloatRows values) {
        return new Matrix(DType.F32, values.rows(), values.cols(), values.data());
    }

    private static Panel panel(Ops ops, Arena arena, FloatRows values, Weights... consumers) {
        Panel panel = ops.panel(arena, values.rows(), values.cols(), List.of(consumers));
        panel.rows().data().copyFrom(values.data());
        try (Team team = Team.ofSize(1)) {
            team.run(w -> ops.prepare(w, panel, values.rows()));
        }
        return panel;
    }

    private static FloatRows decoded(Arena arena, Matrix matrix) {
        FloatRows values = FloatRows.allocate(arena, matrix.rows(), matrix.cols());
        float[] row = new float[matrix.cols()];
        for (int r = 0; r < matrix.rows(); r++) {
            matrix.type().decode(matrix.data(), r * matrix.rowBytes(), row, 0, row.length);
            Matrix.BlockScales scales = matrix.scales();
            for (int c = 0; c < row.length; c++) {
                float scale = scales == null ? 1 : scales.values().get(r / scales.blockRows(), c / scales.blockCols());
                values.set(r, c, row[c] * scale);
            }
        }
        return values;
    }

    /** Every element is off by at most a few roundings of the sum of magnitudes, and accumulating adds. */
    private static void check(Ops ops, Matrix matrix, int tokens, int workers, Random random) {
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(workers)) {
            FloatRows w = decoded(arena, matrix);
            FloatRows x = OpsTest.random(arena, random, tokens, matrix.cols());
            Weights weights = ops.weights(matrix, Precision.EXACT, arena);
            Panel panel = panel(ops, arena, x, weights);
            FloatRows out = FloatRows.allocate(arena, tokens + 1, matrix.rows());
            out.set(tokens, 0, 42);
            team.run(worker -> {
                ops.product(worker, weights, panel, tokens, out);
                ops.productAdd(worker, weights, panel, tokens, out);
            });
            for (int t = 0; t < tokens; t++) {
                for (int r = 0; r < matrix.rows(); r++) {
                    double sum = 0;
                    double magnitude = 0;
                    for (int c = 0; c < matrix.cols(); c++) {
                        double product = (double) w.get(r, c) * x.get(t, c);
                        sum += product;
                        magnitude += Math.abs(product);
                    }
                    double most = 1e-6 * magnitude + Float.MIN_VALUE;
                    if (!(Math.abs(out.get(t, r) - 2 * sum) <= most)) { // a sentence only where it is needed
                        assertThat((double) out.get(t, r))
                                .as(
                                        "%s %d × %d by %d, token %d row %d",
                                        matrix.type(), matrix.rows(), matrix.cols(), tokens, t, r)
                                .isCloseTo(2 * sum, within(most));
                    }
                }
            }
            assertThat(out.get(tokens, 0)).isEqualTo(42);
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void float32OfAwkwardSizes(Ops ops) {
        Random random = new Random(1);
        for (int rows : new int[] {1, 5, 31, 32, 33, 70}) {
            for (int cols : new int[] {1, 7, 8, 31, 32, 33, 100, 1_023, 1_025}) {
                for (int tokens : new int[] {1, 2, 3, 4, 5, 9}) {
                    try (Arena arena = Arena.ofShared()) {
                        check(ops, matrix(OpsTest.random(arena, random, rows, cols)), tokens, 2, random);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void everyTypeInEveryTier(DType type) {
        Random random = new Random(2);
        int block = type.blockSize();
        for (int cols : new int[] {block, 3 * block, 1_024 / block * block + block}) {
            for (int tokens : new int[] {1, 2, 4, 8}) {
                try (Arena arena = Arena.ofShared()) {
                    Matrix matrix = RandomWeights.matrix(arena, type, 33, cols, random);
                    for (Ops ops : tiers()) {
                        check(ops, matrix, tokens, 1 + tokens % 2, random);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void blockScales(Ops ops) {
        Random random = new Random(3);
        for (DType type : List.of(DType.F8_E4M3, DType.F32, DType.I8)) {
            for (int[] tile : new int[][] {{128, 128}, {3, 5}, {1, 40}}) {
                try (Arena arena = Arena.ofShared()) {
                    int rows = 37;
                    int cols = 1_060;
                    FloatRows scales = OpsTest.random(
                            arena, random, (rows + tile[0] - 1) / tile[0], (cols + tile[1] - 1) / tile[1]);
                    MemorySegment data = RandomWeights.values(arena, type, rows * cols, random);
                    Matrix matrix =
                            new Matrix(type, rows, cols, data, new Matrix.BlockScales(scales, tile[0], tile[1]));
                    for (int tokens : new int[] {1, 4}) {
                        check(ops, matrix, tokens, 2, random);
                    }
                    checkEmbed(ops, arena, matrix);
                }
            }
        }
    }

    private static void checkEmbed(Ops ops, Arena arena, Matrix matrix) {
        FloatRows expected = decoded(arena, matrix);
        FloatRows out = FloatRows.allocate(arena, 2, matrix.cols());
        for (int id : new int[] {0, matrix.rows() - 1}) {
            ops.embed(matrix, id, out, 1);
            assertThat(out.row(1)).isEqualTo(expected.row(id));
            assertThat(out.row(0)).containsOnly(0f);
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void embedDecodesARow(DType type) {
        for (Ops ops : tiers()) {
            try (Arena arena = Arena.ofShared()) {
                checkEmbed(ops, arena, RandomWeights.matrix(arena, type, 3, 2 * type.blockSize(), new Random(4)));
            }
        }
    }

    /** The bits of one (row, token) pair never change: alone or in company, any place, any team, chosen by index or not. */
    @ParameterizedTest
    @MethodSource("tiers")
    void bitsDependOnThePairOnly(Ops ops) {
        Random random = new Random(5);
        for (DType type :
                List.of(DType.F32, DType.BF16, DType.F16, DType.Q8_0, DType.Q4_K, DType.IQ2_S, DType.F8_E4M3)) {
            for (int cols : new int[] {256, 2_304}) {
                for (Precision precision : Precision.values()) {
                    sameBits(ops, type, cols, precision, random);
                }
            }
        }
    }

    private static void sameBits(Ops ops, DType type, int cols, Precision precision, Random random) {
        int tokens = 11;
        int rows = 75;
        try (Arena arena = Arena.ofShared()) {
            FloatRows x = OpsTest.random(arena, random, tokens, cols);
            Weights weights = ops.weights(RandomWeights.matrix(arena, type, rows, cols, random), precision, arena);
            Panel panel = panel(ops, arena, x, weights);
            FloatRows alone = FloatRows.allocate(arena, tokens, rows);
            try (Team team = Team.ofSize(1)) {
                for (int t = 0; t < tokens; t++) {
                    int at = t;
                    team.run(w -> ops.product(w, weights, panel, Selection.ALL, at, 1, alone, at, false));
                }
            }
            for (int workers = 1; workers <= 3; workers++) {
                try (Team team = Team.ofSize(workers)) {
                    for (int count = 2; count <= tokens; count++) {
                        int[] index = random.ints(count + 3, 0, tokens).toArray();
                        FloatRows out = FloatRows.allocate(arena, count + 1, rows);
                        int places = count;
                        team.run(w -> ops.product(w, weights, panel, index, 2, places, out, 1, false));
                        for (int i = 0; i < count; i++) {
                            assertThat(out.row(1 + i))
                                    .as("%s × %d, %d workers, place %d of %d", type, cols, workers, i, count)
                                    .isEqualTo(alone.row(index[2 + i]));
                        }
                        int from = tokens - count;
                        team.run(w -> ops.product(w, weights, panel, Selection.ALL, from, places, out, 0, false));
                        for (int i = 0; i < count; i++) {
                            assertThat(out.row(i)).isEqualTo(alone.row(from + i));
                        }
                    }
                }
            }
        }
    }

    /** More tokens than a tile holds, over rows longer than a tile. */
    @ParameterizedTest
    @MethodSource("tiers")
    void manyTokensHaveTheBitsOfOne(Ops ops) {
        Random random = new Random(6);
        int tokens = 200;
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2)) {
            Weights weights =
                    ops.weights(RandomWeights.matrix(arena, DType.Q5_K, 50, 1_280, random), Precision.FAST, arena);
            Panel panel = panel(ops, arena, OpsTest.random(arena, random, tokens, 1_280), weights);
            FloatRows all = FloatRows.allocate(arena, tokens, 50);
            FloatRows single = FloatRows.allocate(arena, tokens, 50);
            team.run(w -> ops.product(w, weights, panel, tokens, all));
            for (int t = 0; t < tokens; t++) {
                int at = t;
                team.run(w -> ops.product(w, weights, panel, Selection.ALL, at, 1, single, at, false));
            }
            assertThat(all.data().mismatch(single.data())).isEqualTo(-1);
        }
    }

    /** An infinity or NaN among the weights or the activations reaches its own results only. */
    @ParameterizedTest
    @MethodSource("tiers")
    void notNumbersStayInTheirRowsAndTokens(Ops ops) {
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2)) {
            for (int cols : new int[] {40, 1_057}) {
                FloatRows w = FloatRows.allocate(arena, 40, cols);
                FloatRows x = FloatRows.allocate(arena, 5, cols);
                w.data().fill((byte) 0);
                for (int c = 0; c < cols; c++) {
                    for (int r = 0; r < 40; r++) {
                        w.set(r, c, Float.MIN_VALUE);
                    }
                    for (int t = 0; t < 5; t++) {
                        x.set(t, c, 1);
                    }
                }
                w.set(7, cols - 1, Float.NaN);
                w.set(39, 0, Float.NEGATIVE_INFINITY);
                x.set(3, cols / 2, Float.POSITIVE_INFINITY);
                Weights weights = ops.weights(matrix(w), Precision.EXACT, arena);
                Panel panel = panel(ops, arena, x, weights);
                FloatRows out = FloatRows.allocate(arena, 5, 40);
                team.run(worker -> ops.product(worker, weights, panel, 5, out));
                for (int t = 0; t < 5; t++) {
                    for (int r = 0; r < 40; r++) {
                        if (r == 7 || r == 39 && t == 3) {
                            assertThat(out.get(t, r)).isNaN();
                        } else if (r == 39) {
                            assertThat(out.get(t, r)).isEqualTo(Float.NEGATIVE_INFINITY);
                        } else if (t == 3) {
                            assertThat(out.get(t, r)).isEqualTo(Float.POSITIVE_INFINITY);
                        } else {
                            assertThat(out.get(t, r)).isEqualTo(cols * Float.MIN_VALUE);
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void headProductsTakeTheirColumns(Ops ops) {
        Random random = new Random(7);
        for (int count : new int[] {1, 5}) {
            try (Arena arena = Arena.ofShared()) {
                List<FloatRows> tables = List.of(
                        OpsTest.random(arena, random, 9, 20),
                        OpsTest.random(arena, random, 9, 20),
                        OpsTest.random(arena, random, 9, 20));
                List<Weights> heads = tables.stream()
                        .map(t -> ops.weights(matrix(t), Precision.EXACT, arena))
                        .toList();
                FloatRows x = OpsTest.random(arena, random, 5, 70);
                FloatRows out = FloatRows.allocate(arena, 5, 40);
                OpsTest.withTeams(
                        out, (a, team) -> team.run(w -> ops.headProducts(w, heads, x, 3, 22, count, out, 2, 12)));
                for (int t = 0; t < 5; t++) {
                    for (int c = 0; c < 40; c++) {
                        int h = (c - 2) / 12;
                        int r = (c - 2) % 12;
                        double sum = 0;
                        if (t < count && c >= 2 && h < 3 && r < 9) {
                            for (int k = 0; k < 20; k++) {
                                sum += (double) tables.get(h).get(r, k) * x.get(t, 3 + 22 * h + k);
                            }
                        }
                        assertThat((double) out.get(t, c)).isCloseTo(sum, within(1e-5));
                    }
                }
            }
        }
    }

    /** Weights on the heap are taken too: the tier copies them into the arena if it must. */
    @ParameterizedTest
    @MethodSource("tiers")
    void heapWeights(Ops ops) {
        Random random = new Random(8);
        try (Arena arena = Arena.ofShared()) {
            Matrix matrix = RandomWeights.matrix(arena, DType.Q4_0, 40, 64, random);
            MemorySegment heap = MemorySegment.ofArray(matrix.data().toArray(ValueLayout.JAVA_BYTE));
            check(ops, new Matrix(DType.Q4_0, 40, 64, heap), 4, 2, random);
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void wrongShapesAreRefusedAtTheDoor(Ops ops) {
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(1)) {
            Weights w = ops.weights(matrix(FloatRows.allocate(arena, 8, 16)), Precision.EXACT, arena);
            Panel x = ops.panel(arena, 4, 16, List.of(w));
            Panel narrow = ops.panel(arena, 4, 15, List.of());
            FloatRows out = FloatRows.allocate(arena, 4, 8);
            int[] index = {0, 4};
            List<Team.Job> wrong = Arrays.asList(
                    worker -> ops.product(worker, w, narrow, 1, out),
                    worker -> ops.product(worker, w, x, 5, out),
                    worker -> ops.product(worker, w, x, -1, out),
                    worker -> ops.product(worker, w, x, Selection.ALL, 2, 3, out, 0, false),
                    worker -> ops.product(worker, w, x, Selection.ALL, 0, 3, out, 2, false),
                    worker -> ops.product(worker, w, x, index, 0, 2, out, 0, false),
                    worker -> ops.product(worker, w, x, index, 1, 2, out, 0, false),
                    worker -> ops.product(worker, w, x, 4, FloatRows.allocate(arena, 4, 7)));
            for (Team.Job job : wrong) {
                assertThatThrownBy(() -> team.run(job))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageStartingWith("product:");
            }
            assertThatThrownBy(() -> ops.panel(arena, 1, 15, List.of(w))).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
