package dev.jerboa.train.autograd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.train.autograd.Distillation.Direction;
import dev.jerboa.train.data.Batch;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DistillationTest {
    private static final double WEIGHT = 0.6;
    private static final int TEACHER = 6;

    @ParameterizedTest
    @CsvSource({"3,1", "19,7", "32,16", "50,5"})
    void gradientsAreDifferences(int vocabulary, int width) {
        Batch batch = Trial.batch(vocabulary, 6, 1, 2, 11);
        for (Direction direction : Direction.values()) {
            verify(batch, vocabulary, width, direction, 1, 1);
            verify(batch, vocabulary, width, direction, 2, 0.9);
            verify(batch, vocabulary, width, direction, 0.7, 0.4);
        }
    }

    /** Longer than a chunk of tokens. */
    @ParameterizedTest
    @EnumSource
    void longBatch(Direction direction) {
        verify(Trial.batch(13, 200, 1, 100), 13, 5, direction, 2, 0.9);
    }

    private static double[] drawn(int count, double deviation) {
        return new Random(11)
                .doubles(count, -1, 1)
                .map(x -> (float) (x * Math.sqrt(3) * deviation))
                .toArray();
    }

    private static FloatRows rows(Arena arena, int rows, int cols, double[] values) {
        FloatRows table = FloatRows.allocate(arena, rows, cols);
        for (int i = 0; i < values.length; i++) {
            table.set(i / cols, i % cols, (float) values[i]);
        }
        return table;
    }

    private static void verify(
            Batch batch, int vocabulary, int width, Direction direction, double temperature, double share) {
        double[] states = drawn(batch.tokens() * TEACHER, 1);
        double[] head = drawn(vocabulary * TEACHER, 0.9);
        Trial.verify(batch, trial -> {
            Tensor x = trial.leaf("x", width, 1);
            HeadLoss loss = new HeadLoss(trial.tape, x, trial.parameter("head", 0.7, vocabulary, width), false);
            loss.loss(TokenLoss.CROSS_ENTROPY, WEIGHT);
            loss.distil(new Distillation(
                    direction,
                    temperature,
                    share,
                    rows(trial.arena, trial.tape.maxTokens(), TEACHER, states),
                    rows(trial.arena, vocabulary, TEACHER, head)));
            trial.loss(loss::loss);
            return values -> {
                double[] student = Formulas.linear(values.get("x"), values.get("head"), null, width, 0, vocabulary);
                double[] teacher = Formulas.linear(states, head, null, TEACHER, 0, vocabulary);
                double sum = 0;
                for (int t = 0; t < batch.tokens(); t++) {
                    if (batch.target(t) != Batch.NONE) {
                        double entropy = -logs(student, t, vocabulary, 1)[batch.target(t)];
                        double[] p = logs(student, t, vocabulary, temperature);
                        double[] q = logs(teacher, t, vocabulary, temperature);
                        double kl = direction == Direction.FORWARD ? divergence(q, p) : divergence(p, q);
                        double squared = temperature * temperature;
                        sum += WEIGHT * batch.weight(t) * ((1 - share) * entropy + share * squared * kl);
                    }
                }
                return new Trial.Expected(sum, List.of());
            };
        });
    }

    /** Log-probabilities of a row of logits. */
    private static double[] logs(double[] logits, int row, int n, double temperature) {
        double sum = 0;
        for (int v = 0; v < n; v++) {
            sum += Math.exp(logits[row * n + v] / temperature);
        }
        double[] logs = new double[n];
        for (int v = 0; v < n; v++) {
            logs[v] = logits[row * n + v] / temperature - Math.log(sum);
        }
        return logs;
    }

    private static double divergence(double[] a, double[] b) {
        double sum = 0;
        for (int v = 0; v < a.length; v++) {
            sum += Math.exp(a[v]) * (a[v] - b[v]);
        }
        return sum;
    }

    /** A head over an embedding, both of so many rows of noise, and batches of one pass. */
    private record Model(Tape tape, Parameter embedding, Parameter head, HeadLoss loss) {
        static Model of(Arena arena, Team team, int vocabulary, int width, int tokens) {
            Tape tape = new Tape(OpsProvider.ops().gemm(), arena, tokens, team);
            Parameter embedding = Parameter.of(arena, "embedding", vocabulary, width);
            Parameter head = Parameter.of(arena, "head", vocabulary, width);
            double[] values = drawn(2 * vocabulary * width, 1);
            for (int i = 0; i < vocabulary * width; i++) {
                embedding.value().set(i / width, i % width, (float) values[i]);
                head.value().set(i / width, i % width, (float) values[i + vocabulary * width]);
            }
            HeadLoss loss = new HeadLoss(tape, new Embedding(tape, embedding, false).out(), head, false);
            return new Model(tape, embedding, head, loss);
        }
    }

    @ParameterizedTest
    @EnumSource
    void nothingDivergesFromItself(Direction direction) {
        for (int vocabulary : new int[] {5, 37}) {
            try (Arena arena = Arena.ofShared();
                    Team team = Team.ofSize(1)) {
                Batch batch = Trial.batch(vocabulary, 9);
                Model model = Model.of(arena, team, vocabulary, 12, 9);
                FloatRows states = FloatRows.allocate(arena, 9, 12);
                for (int t = 0; t < 9; t++) {
                    for (int c = 0; c < 12; c++) {
                        states.set(t, c, model.embedding.value().get(batch.id(t), c));
                    }
                }
                FloatRows head = rows(arena, vocabulary, 12, drawn(0, 1));
                for (int v = 0; v < vocabulary; v++) {
                    for (int c = 0; c < 12; c++) {
                        head.set(v, c, model.head.value().get(v, c));
                    }
                }
                model.loss.distil(new Distillation(direction, 2, 1, states, head));
                model.tape.plan();
                model.tape.forwardAndBackward(batch);
                assertThat(model.loss.loss()).isZero();
                for (int v = 0; v < vocabulary; v++) {
                    assertThat(model.head.gradient().row(v)).containsOnly(0);
                    assertThat(model.embedding.gradient().row(v)).containsOnly(0);
                }
                for (int c = 0; c < 12; c++) { // and from another it does
                    head.set(0, c, -head.get(0, c));
                }
                model.tape.forwardAndBackward(batch);
                assertThat(model.loss.loss()).isPositive();
                assertThat(model.head.gradient().row(0)).doesNotContain(0);
            }
        }
    }

    /** Where gradient descent ends: at the teacher's distribution, or between it and the target. */
    @ParameterizedTest
    @EnumSource
    void descentEndsAtTheTeacher(Direction direction) {
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(1)) {
            int vocabulary = 7;
            FloatRows states = rows(arena, 2, 1, new double[] {1, 1});
            FloatRows teacher = rows(arena, vocabulary, 1, drawn(vocabulary, 1));
            double[] q = logs(drawn(vocabulary, 1), 0, vocabulary, 1);
            double share = direction == Direction.FORWARD ? 0.7 : 1;
            Model model = Model.of(arena, team, vocabulary, vocabulary, 2);
            model.loss.distil(new Distillation(direction, 1, share, states, teacher));
            model.tape.plan();
            Batch batch = new Batch(2);
            batch.addSequence(new int[] {0, 3}, new float[] {0, 1});
            for (int step = 0; step < 3000; step++) {
                model.head.gradient().data().fill((byte) 0);
                model.tape.forwardAndBackward(batch);
                for (int v = 0; v < vocabulary; v++) {
                    for (int c = 0; c < vocabulary; c++) {
                        float moved = model.head.value().get(v, c)
                                - 0.3f * model.head.gradient().get(v, c);
                        model.head.value().set(v, c, moved);
                    }
                }
            }
            for (int v = 0; v < vocabulary; v++) {
                batch.clear();
                batch.addSequence(new int[] {0, v}, new float[] {0, 1});
                model.tape.forward(batch);
                double expected = share * Math.exp(q[v]) + (v == 3 ? 1 - share : 0);
                assertThat(Math.exp(model.loss.logProbability(0))).isCloseTo(expected, within(1e-4));
            }
        }
    }

    @Test
    void aHeadWithoutALossRests() {
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2)) {
            Model model = Model.of(arena, team, 5, 3, 4);
            model.tape.plan();
            model.loss.loss(TokenLoss.CROSS_ENTROPY, 1);
            model.tape.forward(Trial.batch(5, 4));
            assertThat(model.loss.loss()).isPositive();
            model.loss.loss(TokenLoss.NONE, 1);
            model.tape.forwardAndBackward(Trial.batch(5, 4));
            assertThat(model.loss.loss()).isZero();
            assertThat(model.loss.logProbability(0)).isZero();
            for (int v = 0; v < 5; v++) {
                assertThat(model.embedding.gradient().row(v)).containsOnly(0);
                assertThat(model.head.gradient().row(v)).containsOnly(0);
            }
        }
    }

    @Test
    void teachersOfOtherSizesAreRefused() {
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(1)) {
            Model model = Model.of(arena, team, 5, 3, 4);
            FloatRows states = FloatRows.allocate(arena, 4, 2);
            FloatRows six = FloatRows.allocate(arena, 6, 2);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model.loss.distil(new Distillation(Direction.FORWARD, 1, 1, states, six)))
                    .withMessageContaining("6 tokens of vocabulary");
            FloatRows wide = FloatRows.allocate(arena, 5, 3);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new Distillation(Direction.FORWARD, 1, 1, states, wide));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new Distillation(Direction.REVERSE, 0, 1, states, six));
        }
    }
}
