package dev.jerboa.train.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.train.autograd.Parameter;
import dev.jerboa.train.optim.Optimizer.Group;
import dev.jerboa.train.optim.Optimizer.Rule;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both rules against their formulas in double precision, and the schedule's corners. */
class OptimizerTest {
    private static final Optimizer.Settings SETTINGS = new Optimizer.Settings(0.01, 0.9, 0.95, 1e-8, 0.95, 1);

    @Test
    void adamWFollowsItsFormula() {
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2)) {
            Parameter p = Parameter.of(arena, "w", 7, 5);
            Optimizer optimizer = optimizer(p, Rule.ADAMW, team, arena);
            double[] w = new double[35];
            double[] m = new double[35];
            double[] v = new double[35];
            SplittableRandom random = new SplittableRandom(1);
            for (int i = 0; i < w.length; i++) {
                w[i] = (float) random.nextDouble(-1, 1);
                put(p.value(), i, w[i]);
            }
            for (int step = 0; step < 5; step++) {
                double[] g = random.doubles(35, -1, 1).toArray();
                double norm = Math.sqrt(Arrays.stream(g)
                        .map(x -> (double) (float) x * (float) x)
                        .sum());
                for (int i = 0; i < 35; i++) {
                    put(p.gradient(), i, g[i]);
                }
                assertThat(optimizer.step(step, 0.5)).isCloseTo(norm, within(1e-5));
                for (int i = 0; i < 35; i++) {
                    double clipped = g[i] / Math.max(1, norm);
                    m[i] = 0.9 * m[i] + 0.1 * clipped;
                    v[i] = 0.95 * v[i] + 0.05 * clipped * clipped;
                    double first = m[i] / (1 - Math.pow(0.9, step + 1));
                    double second = v[i] / (1 - Math.pow(0.95, step + 1));
                    w[i] -= 0.005 * 0.1 * w[i] + 0.005 * first / (Math.sqrt(second) + 1e-8);
                    assertThat((double) get(p.value(), i)).isCloseTo(w[i], within(1e-6));
                }
            }
        }
    }

    /** The change of a matrix has singular values near 1 times 0.18 · √max(rows, cols), whatever the gradient's. */
    @ParameterizedTest
    @CsvSource({"24, 40", "40, 24", "16, 16"})
    void muonMakesChangesOrthogonal(int rows, int cols) {
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2)) {
            Parameter p = Parameter.of(arena, "w", rows, cols);
            Optimizer optimizer = optimizer(p, Rule.MUON, team, arena);
            SplittableRandom random = new SplittableRandom(3);
            for (int i = 0; i < rows * cols; i++) {
                put(p.gradient(), i, random.nextDouble(-1, 1));
            }
            optimizer.step(0, 1);
            int small = Math.min(rows, cols);
            double size = 0.01 * 0.18 * Math.sqrt(Math.max(rows, cols));
            for (int i = 0; i < small; i++) {
                for (int j = 0; j < small; j++) {
                    double sum = 0;
                    for (int k = 0; k < Math.max(rows, cols); k++) {
                        sum += rows <= cols
                                ? (double) p.value().get(i, k) * p.value().get(j, k)
                                : (double) p.value().get(k, i) * p.value().get(k, j);
                    }
                    assertThat(sum / (size * size)).isCloseTo(i == j ? 1 : 0, within(0.15));
                }
            }
        }
    }

    @Test
    void bitsDoNotDependOnTheNumberOfWorkers() {
        for (Rule rule : List.of(Rule.ADAMW, Rule.MUON)) {
            float[] one = changed(rule, 1);
            assertThat(changed(rule, 2)).isEqualTo(one);
            assertThat(changed(rule, 3)).isEqualTo(one);
        }
    }

    private static float[] changed(Rule rule, int workers) {
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(workers)) {
            Parameter p = Parameter.of(arena, "w", 130, 300);
            Optimizer optimizer = optimizer(p, rule, team, arena);
            SplittableRandom random = new SplittableRandom(5);
            for (int step = 0; step < 2; step++) {
                for (int i = 0; i < 130 * 300; i++) {
                    put(p.gradient(), i, random.nextDouble(-1, 1));
                }
                optimizer.step(step, 1);
            }
            return new FloatRows(p.value().data(), 1, 130 * 300).row(0);
        }
    }

    private static Optimizer optimizer(Parameter p, Rule rule, Team team, Arena arena) {
        return new Optimizer(
                List.of(new Group(p, rule, 1, 0.1)), SETTINGS, OpsProvider.ops().gemm(), team, arena);
    }

    private static void put(FloatRows rows, int i, double value) {
        rows.set(i / rows.cols(), i % rows.cols(), (float) value);
    }

    private static float get(FloatRows rows, int i) {
        return rows.get(i / rows.cols(), i % rows.cols());
    }

    @Test
    void schedules() {
        Schedule steps = new Schedule(Schedule.Shape.STEPS, 4, 100, 0);
        assertThat(steps.at(0)).isEqualTo(0.25);
        assertThat(steps.at(3)).isEqualTo(1);
        assertThat(steps.at(79)).isEqualTo(1);
        assertThat(steps.at(80)).isEqualTo(0.316);
        assertThat(steps.at(90)).isEqualTo(0.1);
        Schedule cosine = new Schedule(Schedule.Shape.COSINE, 10, 110, 0.1);
        assertThat(cosine.at(10)).isEqualTo(1);
        assertThat(cosine.at(60)).isCloseTo(0.55, within(1e-12));
        assertThat(cosine.at(110)).isCloseTo(0.1, within(1e-12));
        assertThat(new Schedule(Schedule.Shape.LINEAR, 0, 10, 0).at(5)).isCloseTo(0.5, within(1e-12));
        assertThat(new Schedule(Schedule.Shape.CONSTANT, 0, 10, 0).at(9)).isEqualTo(1);
    }
}
