package dev.jerboa.kernel.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.memory.Matrix;
import dev.jerboa.kernel.ops.Ops.Precision;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products in float32 weights: values against double, bits against every other way to ask for the same thing. */
class ProductTest {
    static List<Ops> tiers() {
        return OpsTest.tiers();
    }

    private static Matrix matrix(FloatRows values) {
        return new Matrix(DType.F32, values.rows(), values.cols(), values.data());
    }

    private static double expected(FloatRows w, int r, FloatRows x, int t) {
        double sum = 0;
        for (int c = 0; c < w.cols(); c++) {
            sum += (double) w.get(r, c) * x.get(t, c);
        }
        return sum;
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void productsOfAwkwardSizes(Ops ops) {
        Random random = new Random(1);
        for (int rows : new int[] {1, 5, 31, 32, 33, 70}) {
            for (int cols : new int[] {1, 7, 8, 31, 32, 33, 100}) {
                for (int tokens : new int[] {1, 2, 3, 4, 5, 9}) {
                    try (Arena arena = Arena.ofShared();
                            Team team = Team.ofSize(2)) {
                        FloatRows w = OpsTest.random(arena, random, rows, cols);
                        Weights weights = ops.weights(matrix(w), Precision.EXACT, arena);
                        Panel x = ops.panel(arena, tokens, cols, List.of(weights));
                        x.rows()
                                .data()
                                .copyFrom(OpsTest.random(arena, random, tokens, cols)
                                        .data());
                        FloatRows out = FloatRows.allocate(arena, tokens, rows);
                        team.run(worker -> {
                            ops.prepare(worker, x, tokens);
                            worker.barrier();
                            ops.product(worker, weights, x, tokens, out);
                            ops.productAdd(worker, weights, x, tokens, out);
                        });
                        for (int t = 0; t < tokens; t++) {
                            for (int r = 0; r < rows; r++) {
                                assertThat((double) out.get(t, r))
                                        .isCloseTo(2 * expected(w, r, x.rows(), t), within(1e-5 * cols));
                            }
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tiers")
    void headProductsTakeTheirColumns(Ops ops) {
        Random random = new Random(2);
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
            OpsTest.withTeams(out, (a, team) -> team.run(w -> ops.headProducts(w, heads, x, 3, 22, 5, out, 2, 12)));
            for (int t = 0; t < 5; t++) {
                for (int c = 0; c < 40; c++) {
                    int h = (c - 2) / 12;
                    int r = (c - 2) % 12;
                    double sum = 0;
                    if (c >= 2 && h < 3 && r < 9) {
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
