package dev.jerboa.kernel.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.scalar.ScalarOps;
import dev.jerboa.kernel.ops.vector.VectorOps;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every operation but products and attention, in every tier, over awkward sizes, against formulas in double. */
class OpsTest {
    static final int[] WIDTHS = {1, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 64, 100, 129};

    static List<Ops> tiers() {
        return List.of(new ScalarOps(), VectorOps.create());
    }

    static FloatRows random(Arena arena, Random random, int rows, int cols) {
        FloatRows table = FloatRows.allocate(arena, rows, cols);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < cols; c++) {
                table.set(r, c, (float) random.nextGaussian());
            }
        }
        return table;
    }

    static FloatRows copyOf(Arena arena, FloatRows table) {
        FloatRows copy = FloatRows.allocate(arena, table.rows(), table.cols());
        copy.data().copyFrom(table.data());
        return copy;
    }

    /** Runs {@code body} with 1, 2 and 3 workers and checks that the bits of {@code result} are the same. */
    static void withTeams(FloatRows result, BiConsumer<Arena, Team> body) {
        byte[] first = null;
        for (int size = 1; size <= 3; size++) {
            try (Arena arena = Arena.ofConfined();
                    Team team = Team.ofSize(size)) {
                body.accept(arena, team);
            }
            byte[] bytes = result.data().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
            if (first == null) {
                first = bytes;
            }
            assertThat(bytes).as("%d workers", size).isEqualTo(first);
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void rmsNorm(Ops ops) {
        try (Arena arena = Arena.ofShared()) {
            Random random = new Random(1);
            for (int width : WIDTHS) {
                FloatRows x = random(arena, random, 5, width);
                FloatRows weight = random(arena, random, 1, width);
                Panel out = ops.panel(arena, 5, width, List.of());
                withTeams(out.rows(), (a, team) -> team.run(w -> ops.rmsNorm(w, x, 4, weight, 1e-2f, out)));
                for (int t = 0; t < 4; t++) {
                    double squares = 0;
                    for (int c = 0; c < width; c++) {
                        squares += (double) x.get(t, c) * x.get(t, c);
                    }
                    for (int c = 0; c < width; c++) {
                        double expected = x.get(t, c) / Math.sqrt(squares / width + 1e-2f) * weight.get(0, c);
                        assertThat((double) out.rows().get(t, c)).isCloseTo(expected, close(expected));
                    }
                }
                assertThat(out.rows().row(4)).containsOnly(0f);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void rmsNormInPlaceTouchesItsSegmentsOnly(Ops ops) {
        try (Arena arena = Arena.ofShared()) {
            Random random = new Random(2);
            for (int size : WIDTHS) {
                FloatRows before = random(arena, random, 3, 3 * size + 5);
                FloatRows weight = random(arena, random, 1, size);
                FloatRows x = copyOf(arena, before);
                withTeams(x, (a, team) -> {
                    x.data().copyFrom(before.data());
                    team.run(w -> ops.rmsNormInPlace(w, x, 2, 2, 3, size, weight, 1e-6f));
                });
                for (int t = 0; t < 3; t++) {
                    for (int c = 0; c < x.cols(); c++) {
                        int inside = c - 2;
                        double expected = before.get(t, c);
                        if (t < 2 && inside >= 0 && inside < 3 * size) {
                            double squares = 0;
                            int start = 2 + inside / size * size;
                            for (int i = 0; i < size; i++) {
                                squares += (double) before.get(t, start + i) * before.get(t, start + i);
                            }
                            expected = expected / Math.sqrt(squares / size + 1e-6f) * weight.get(0, inside % size);
                        }
                        assertThat((double) x.get(t, c)).isCloseTo(expected, close(expected));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void addAndAddBias(Ops ops) {
        try (Arena arena = Arena.ofShared()) {
            Random random = new Random(3);
            for (int width : WIDTHS) {
                FloatRows before = random(arena, random, 4, width);
                FloatRows y = random(arena, random, 3, width);
                FloatRows bias = random(arena, random, 1, width);
                FloatRows x = FloatRows.allocate(arena, 4, width);
                withTeams(x, (a, team) -> {
                    x.data().copyFrom(before.data());
                    team.run(w -> {
                        ops.add(w, x, y, 3);
                        ops.addBias(w, x, 2, bias);
                    });
                });
                for (int t = 0; t < 4; t++) {
                    for (int c = 0; c < width; c++) {
                        float expected = before.get(t, c);
                        expected = t < 3 ? expected + y.get(t, c) : expected;
                        expected = t < 2 ? expected + bias.get(0, c) : expected;
                        assertThat(x.get(t, c)).isEqualTo(expected);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void rotate(Ops ops) {
        try (Arena arena = Arena.ofShared()) {
            Random random = new Random(4);
            for (int dims : new int[] {2, 4, 6, 10, 16, 32, 34, 64, 130}) {
                for (RotaryTable.Layout layout : RotaryTable.Layout.values()) {
                    RotaryTable table = new RotaryTable(random(arena, random, 9, dims), dims, layout);
                    int stride = dims + 3;
                    FloatRows before = random(arena, random, 3, 1 + 2 * stride);
                    FloatRows x = FloatRows.allocate(arena, 3, before.cols());
                    StepTokens tokens = new StepTokens(2, new int[] {8, 3}, new int[2][0]);
                    withTeams(x, (a, team) -> {
                        x.data().copyFrom(before.data());
                        team.run(w -> ops.rotate(w, x, tokens, 1, 2, stride, table));
                    });
                    FloatRows expected = copyOf(arena, before);
                    for (int t = 0; t < 2; t++) {
                        for (int h = 0; h < 2; h++) {
                            for (int i = 0; i < dims / 2; i++) {
                                boolean split = layout == RotaryTable.Layout.HALF_SPLIT;
                                int p = 1 + h * stride + (split ? i : 2 * i);
                                int q = p + (split ? dims / 2 : 1);
                                double cos = table.values().get(tokens.positions()[t], i);
                                double sin = table.values().get(tokens.positions()[t], dims / 2 + i);
                                expected.set(t, p, (float) (before.get(t, p) * cos - before.get(t, q) * sin));
                                expected.set(t, q, (float) (before.get(t, p) * sin + before.get(t, q) * cos));
                            }
                        }
                    }
                    assertClose(x, expected, 1e-6f);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void gatedUnit(Ops ops) {
        try (Arena arena = Arena.ofShared()) {
            Random random = new Random(5);
            for (int width : WIDTHS) {
                for (Activation activation : Activation.values()) {
                    FloatRows gate = random(arena, random, 4, width);
                    FloatRows up = random(arena, random, 4, width);
                    gate.set(1, 0, -200);
                    gate.set(2, 0, 200);
                    Panel out = ops.panel(arena, 4, width, List.of());
                    withTeams(
                            out.rows(), (a, team) -> team.run(w -> ops.gatedUnit(w, activation, gate, up, 1, 2, out)));
                    for (int t = 0; t < 4; t++) {
                        for (int c = 0; c < width; c++) {
                            double g = gate.get(t, c);
                            double activated = switch (activation) {
                                case SILU -> g / (1 + Math.exp(-g));
                                case GELU_TANH ->
                                    0.5 * g * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (g + 0.044715 * g * g * g)));
                            };
                            double expected = t == 1 || t == 2 ? activated * up.get(t, c) : 0;
                            assertThat((double) out.rows().get(t, c)).isCloseTo(expected, close(expected));
                        }
                    }
                    Panel inPlace = ops.panel(gate, MemorySegment.NULL, List.of());
                    try (Team team = Team.ofSize(2)) {
                        team.run(w -> ops.gatedUnit(w, activation, gate, up, 1, 2, inPlace));
                    }
                    assertThat(gate.row(1)).isEqualTo(out.rows().row(1));
                    assertThat(gate.row(2)).isEqualTo(out.rows().row(2));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void copy(Ops ops) {
        try (Arena arena = Arena.ofShared()) {
            FloatRows from = random(arena, new Random(6), 3, 40);
            FloatRows to = FloatRows.allocate(arena, 4, 30);
            withTeams(to, (a, team) -> team.run(w -> ops.copy(w, from, 3, 10, to, 1, 9, 3, 7, 3)));
            for (int t = 0; t < 4; t++) {
                for (int c = 0; c < 30; c++) {
                    int s = (c - 1) / 9;
                    int i = (c - 1) % 9;
                    float expected = t < 3 && c >= 1 && s < 3 && i < 7 ? from.get(t, 3 + 10 * s + i) : 0;
                    assertThat(to.get(t, c)).isEqualTo(expected);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void addWeighted(Ops ops) {
        try (Arena arena = Arena.ofShared()) {
            Random random = new Random(7);
            for (int width : WIDTHS) {
                FloatRows before = random(arena, random, 3, width);
                FloatRows y = random(arena, random, 6, width);
                int[] places = {5, 0, 1, 2, 2, 4};
                float[] scales = {0.5f, -1, 2, 0.25f, 3, 0.1f};
                FloatRows x = FloatRows.allocate(arena, 3, width);
                withTeams(x, (a, team) -> {
                    x.data().copyFrom(before.data());
                    team.run(w -> ops.addWeighted(w, x, 2, y, places, scales, 3));
                });
                for (int t = 0; t < 3; t++) {
                    for (int c = 0; c < width; c++) {
                        double expected = before.get(t, c);
                        for (int j = 0; t < 2 && j < 3; j++) {
                            expected += (double) scales[3 * t + j] * y.get(places[3 * t + j], c);
                        }
                        assertThat((double) x.get(t, c)).isCloseTo(expected, within(1e-5));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void weightedSums(Ops ops) {
        try (Arena arena = Arena.ofShared()) {
            Random random = new Random(7);
            for (int width : WIDTHS) {
                FloatRows before = random(arena, random, 4, width);
                FloatRows y = random(arena, random, 6, width);
                int[] places = {9, 9, 9, 5, 0, 1, 2, 2, 4};
                float[] scales = {9, 9, 9, 0.5f, -1, 2, 0.25f, 3, 0.1f};
                FloatRows out = FloatRows.allocate(arena, 4, width);
                withTeams(out, (a, team) -> {
                    out.data().copyFrom(before.data());
                    team.run(w -> ops.weightedSums(w, out, 1, 2, y, places, scales, 3));
                });
                for (int i = 0; i < 4; i++) {
                    for (int c = 0; c < width; c++) {
                        double expected = i == 1 || i == 2 ? 0 : before.get(i, c);
                        for (int j = 3 * i; (i == 1 || i == 2) && j < 3 * i + 3; j++) {
                            expected += (double) scales[j] * y.get(places[j], c);
                        }
                        assertThat((double) out.get(i, c)).isCloseTo(expected, within(1e-5));
                    }
                }
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> ops.weightedSums(Worker.alone(), out, 0, 1, y, places, scales, 3))
                        .withMessage("weightedSums: row 9 of 6");
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> ops.weightedSums(Worker.alone(), out, 1, 3, y, places, scales, 3))
                        .withMessageContaining("rows to 4");
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> ops.weightedSums(Worker.alone(), out, 1, 1, y, places, scales, 0))
                        .withMessageContaining("of 0 rows");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void dots(Ops ops) {
        try (Arena arena = Arena.ofShared()) {
            Random random = new Random(11);
            for (int width : WIDTHS) {
                FloatRows w = random(arena, random, 5, width);
                FloatRows x = random(arena, random, 4, width);
                FloatRows before = random(arena, random, 4, 6);
                FloatRows out = copyOf(arena, before);
                ops.dots(w, x, 1, 2, out);
                for (int i = 0; i < 4; i++) {
                    for (int r = 0; r < 6; r++) {
                        double expected = 0;
                        for (int c = 0; r < 5 && c < width; c++) {
                            expected += (double) w.get(r, c) * x.get(i, c);
                        }
                        boolean set = (i == 1 || i == 2) && r < 5;
                        assertThat((double) out.get(i, r)).isCloseTo(set ? expected : before.get(i, r), within(1e-4));
                    }
                }
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> ops.dots(w, x, 3, 2, out))
                        .withMessage("dots: rows 3 to 4 of tables of 4 and 4");
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> ops.dots(out, x, 0, 1, w))
                        .withMessageStartingWith("dots: 4 rows of 6 with rows of " + width);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void storePutsRowsIntoTheirSlots(boolean latent) {
        for (Ops ops : tiers()) {
            try (Arena arena = Arena.ofShared()) {
                Random random = new Random(8);
                FloatRows keys = random(arena, random, 3, 9);
                FloatRows values = random(arena, random, 3, 8);
                FloatRows keyMemory = FloatRows.allocate(arena, 12, 6);
                FloatRows valueMemory = FloatRows.allocate(arena, 12, 5);
                KvLayer cache = latent
                        ? new KvLayer(keyMemory.data(), keyMemory.data(), 6, 6, 2)
                        : new KvLayer(keyMemory.data(), valueMemory.data(), 6, 5, 2);
                int[] one = {2, 0};
                int[] two = {1};
                StepTokens tokens = new StepTokens(3, new int[] {3, 4, 1}, new int[][] {one, one, two});
                withTeams(keyMemory, (a, team) -> team.run(w -> ops.store(w, tokens, keys, 2, values, 1, cache)));
                int[] slots = {11, 0, 5};
                for (int t = 0; t < 3; t++) {
                    for (int c = 0; c < 6; c++) {
                        assertThat(keyMemory.get(slots[t], c)).isEqualTo(keys.get(t, 2 + c));
                    }
                    for (int c = 0; c < 5; c++) {
                        assertThat(valueMemory.get(slots[t], c)).isEqualTo(latent ? 0 : values.get(t, 1 + c));
                    }
                }
                assertThat(keyMemory.row(4)).containsOnly(0f);
            }
        }
    }

    static org.assertj.core.data.Offset<Double> close(double expected) {
        return within(1e-6 + 2e-6 * Math.abs(expected));
    }

    static void assertClose(FloatRows found, FloatRows expected, float tolerance) {
        for (int r = 0; r < expected.rows(); r++) {
            for (int c = 0; c < expected.cols(); c++) {
                float most = tolerance * Math.max(1, Math.abs(expected.get(r, c)));
                if (!(Math.abs((double) found.get(r, c) - expected.get(r, c))
                        <= most)) { // a sentence only where it is needed
                    assertThat(found.get(r, c))
                            .as("row %d, column %d", r, c)
                            .isCloseTo(expected.get(r, c), within(most));
                }
            }
        }
    }
}
