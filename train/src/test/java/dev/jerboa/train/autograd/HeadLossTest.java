package dev.jerboa.train.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.train.data.Batch;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeadLossTest {
    /** {@code counts · lp² / 2}: a loss whose slope depends on the token's probability. */
    private static final TokenLoss SQUARE = new TokenLoss() {
        @Override
        public double loss(int token, double logProbability, double counts) {
            return counts * logProbability * logProbability / 2;
        }

        @Override
        public double slope(int token, double logProbability, double counts) {
            return counts * logProbability;
        }
    };

    @ParameterizedTest
    @CsvSource({"3,1", "19,7", "32,16", "50,33"})
    void crossEntropyAndOthers(int vocabulary, int width) {
        for (Batch batch :
                new Batch[] {Trial.batch(vocabulary, 1, 2), Trial.batch(vocabulary, 6, 1, 2, 11), windows(vocabulary)
                }) {
            for (boolean ahead : new boolean[] {false, true}) {
                verify(batch, vocabulary, width, ahead, TokenLoss.CROSS_ENTROPY, 1);
                verify(batch, vocabulary, width, ahead, SQUARE, 1);
                verify(batch, vocabulary, width, ahead, SQUARE, 0.6);
            }
        }
    }

    /** Longer than a chunk of tokens. */
    @Test
    void longBatch() {
        verify(Trial.batch(13, 200, 1, 100), 13, 5, true, TokenLoss.CROSS_ENTROPY, 1.5);
    }

    /** Stretches cut from a text: the last token of each is followed by one that is in no sequence. */
    private static Batch windows(int vocabulary) {
        Batch batch = new Batch(9);
        for (int i = 0; i < 9; i++) {
            batch.add(i % vocabulary, (i + 1) % vocabulary, 0.5f + 0.1f * i);
            if (i % 3 == 2) {
                batch.endSequence();
            }
        }
        return batch;
    }

    private static void verify(
            Batch batch, int vocabulary, int width, boolean ahead, TokenLoss tokenLoss, double temperature) {
        Trial.verify(batch, trial -> {
            Tensor x = trial.leaf("x", width, 1);
            HeadLoss loss = new HeadLoss(trial.tape, x, trial.parameter("head", 0.7, vocabulary, width), ahead);
            loss.loss(tokenLoss, 0.6);
            loss.temperature(temperature);
            trial.loss(loss::loss);
            return values -> new Trial.Expected(
                    expected(batch, vocabulary, width, ahead, tokenLoss, temperature, values), List.of());
        });
    }

    private static double expected(
            Batch batch,
            int vocabulary,
            int width,
            boolean ahead,
            TokenLoss tokenLoss,
            double temperature,
            Trial.Values values) {
        double[] logits = Formulas.linear(values.get("x"), values.get("head"), null, width, 0, vocabulary);
        double loss = 0;
        for (int s = 0; s < batch.sequences(); s++) {
            for (int t = batch.start(s); t < batch.start(s + 1); t++) {
                int of = ahead ? t + 1 : t;
                if (of == batch.start(s + 1) || batch.target(of) == Batch.NONE) {
                    continue;
                }
                double sum = 0;
                for (int v = 0; v < vocabulary; v++) {
                    sum += Math.exp(logits[t * vocabulary + v] / temperature);
                }
                double lp = logits[t * vocabulary + batch.target(of)] / temperature - Math.log(sum);
                loss += 0.6 * tokenLoss.loss(t, lp, batch.weight(of));
            }
        }
        return loss;
    }

    @Test
    void aForwardPassLeavesGradientsAlone() {
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(1)) {
            Batch batch = Trial.batch(5, 4);
            Tape tape = new Tape(OpsProvider.ops().gemm(), arena, 4, team);
            Parameter table = Parameter.of(arena, "table", 5, 3);
            for (int i = 0; i < 15; i++) {
                table.value().set(i / 3, i % 3, i * 0.1f);
            }
            HeadLoss loss = new HeadLoss(tape, new Embedding(tape, table, false).out(), table, false);
            tape.plan();
            tape.forward(batch);
            assertThat(loss.loss()).isPositive();
            assertThat(loss.logProbability(0)).isNegative();
            assertThat(loss.logProbability(3)).isZero();
            for (int row = 0; row < 5; row++) {
                assertThat(table.gradient().row(row)).containsOnly(0);
            }
        }
    }
}
