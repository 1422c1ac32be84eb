package dev.jerboa.train.rl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.train.autograd.Parameter;
import dev.jerboa.train.data.Batch;
import dev.jerboa.train.loop.Trainer;
import dev.jerboa.train.network.Network;
import dev.jerboa.train.recipe.Recipe;
import dev.jerboa.train.rl.PolicyOptions.Preset;
import dev.jerboa.train.rl.PolicyOptions.Weighting;
import dev.jerboa.train.rl.Rollouts.Reply;
import dev.jerboa.train.rl.TaskEvaluationTest.TinyRun;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PolicyLossTest {
    private static final double STEP = 1e-6;

    @TempDir
    Path folder = Path.of("");

    /** Over ratios on both sides of both clips, advantages of both signs, with and without a pull to the reference. */
    @ParameterizedTest
    @EnumSource(Preset.class)
    void slopesAreDifferencesOfLosses(Preset preset) {
        for (double beta : new double[] {0, 0.3}) {
            PolicyOptions o = preset.options();
            PolicyOptions options = new PolicyOptions(
                    o.byDeviation(), o.weighting(), o.clipLow(), o.clipHigh(), beta, o.mixedOnly(), o.overlong());
            for (double advantage : new double[] {-1.5, 0, 0.7}) {
                for (double ratio : new double[] {0.3, 0.79, 0.81, 1, 1.19, 1.21, 1.27, 1.29, 3}) {
                    PolicyLoss loss = new PolicyLoss(options, 1);
                    double drawn = -1.3;
                    loss.add(advantage, drawn);
                    loss.reference(0, -1.1);
                    double at = drawn + Math.log(ratio);
                    double difference = (loss.loss(0, at + STEP, 0.4) - loss.loss(0, at - STEP, 0.4)) / (2 * STEP);
                    assertThat(loss.slope(0, at, 0.4))
                            .as("%s, beta %s, advantage %s, ratio %s", preset, beta, advantage, ratio)
                            .isCloseTo(difference, within(1e-8));
                }
            }
        }
    }

    @Test
    void clipsStopWhatWentFarEnough() {
        PolicyLoss loss = new PolicyLoss(Preset.DAPO.options(), 4);
        loss.add(1, 0);
        loss.add(-1, 0);
        assertThat(loss.slope(0, Math.log(1.27), 1)).isEqualTo(-1.27, within(1e-12));
        assertThat(loss.slope(0, Math.log(1.29), 1)).isZero();
        assertThat(loss.slope(0, Math.log(0.5), 1)).isEqualTo(-0.5, within(1e-12));
        assertThat(loss.slope(1, Math.log(0.81), 1)).isEqualTo(0.81, within(1e-12));
        assertThat(loss.slope(1, Math.log(0.79), 1)).isZero();
        assertThat(loss.slope(1, Math.log(2), 1)).isEqualTo(2, within(1e-12));
        assertThat(loss.loss(0, Math.log(2), 3)).isEqualTo(-3 * 1.28, within(1e-12));
        assertThat(loss.slope(0, -5, 0)).isZero();
        assertThat(loss.loss(0, -5, 0)).isZero();
    }

    @Test
    void aPolicyDoesNotDivergeFromItself() {
        PolicyOptions options = new PolicyOptions(false, Weighting.TOKEN, 0.2, 0.2, 5, false, 0);
        PolicyLoss loss = new PolicyLoss(options, 1);
        loss.add(0, -2.5);
        assertThat(loss.loss(0, -2.5, 1)).isZero();
        assertThat(loss.slope(0, -2.5, 1)).isZero();
        for (double away : new double[] {-1, -0.1, 0.1, 1}) {
            assertThat(loss.loss(0, -2.5 + away, 1)).isPositive();
            assertThat(Math.signum(loss.slope(0, -2.5 + away, 1))).isEqualTo(Math.signum(away));
        }
    }

    @Test
    void advantagesAreDifferencesWithinAGroup() {
        assertThat(Advantages.of(new double[] {1, 0, 0, 1}, false)).containsExactly(0.5, -0.5, -0.5, 0.5);
        assertThat(Advantages.of(new double[] {1, 0, 0, 1}, true)).containsExactly(1, -1, -1, 1);
        double[] three = Advantages.of(new double[] {1, 0.1, 0}, true);
        assertThat(three[0] + three[1] + three[2]).isCloseTo(0, within(1e-12));
        assertThat((three[0] * three[0] + three[1] * three[1] + three[2] * three[2]) / 3)
                .isCloseTo(1, within(1e-12));
        assertThat(Advantages.of(new double[] {0.1, 0.1, 0.1}, true)).containsExactly(0, 0, 0);
        assertThatIllegalArgumentException().isThrownBy(() -> Advantages.of(new double[] {Double.NaN, 1}, true));
    }

    @Test
    void longRepliesCostAtTheEndOnly() {
        PolicyOptions dapo = Preset.DAPO.options();
        assertThat(dapo.overlongReward(80, 100)).isZero();
        assertThat(dapo.overlongReward(90, 100)).isCloseTo(-0.5, within(1e-12));
        assertThat(dapo.overlongReward(100, 100)).isCloseTo(-1, within(1e-12));
        assertThat(Preset.GRPO.options().overlongReward(100, 100)).isZero();
    }

    private static Reply reply(int[] prompt, double logProbability, int... ids) {
        double[] logs = new double[ids.length];
        Arrays.fill(logs, logProbability);
        return new Reply(prompt, ids, logs, "", true);
    }

    @Test
    void batchesHoldRepliesInOrderWithTheirWeights() {
        int[] prompt = {3, 4, 5};
        List<Reply> replies = List.of(reply(prompt, -1, 6, 0), reply(prompt, -2, 7, 8, 9, 0));
        PolicyBatches batches =
                new PolicyBatches(new PolicyOptions(false, Weighting.REPLY, 0.2, 0.2, 0, false, 0), 9, 10);
        batches.add(replies, new double[] {0.5, -0.5});
        batches.fill();
        assertThat(batches.size()).isEqualTo(2);
        Batch first = batches.batch(0);
        assertThat(first.tokens()).isEqualTo(4);
        assertThat(first.target(2)).isEqualTo(6);
        assertThat(first.target(3)).isEqualTo(0);
        assertThat(first.weight(1)).isZero();
        assertThat(first.weight(2)).isEqualTo(0.25f);
        assertThat(batches.batch(1).tokens()).isEqualTo(6);
        assertThat(batches.batch(1).weight(5)).isEqualTo(0.125f);
        assertThat(batches.loss(0).slope(2, -1, 1)).isEqualTo(-0.5);
        assertThat(batches.loss(1).slope(5, -2, 1)).isEqualTo(0.5);
        PolicyLoss.Sums sums = batches.loss(1).sums(batches.batch(1), t -> t == 5 ? -1.5 : -2);
        assertThat(sums.tokens()).isEqualTo(4);
        assertThat(sums.surprise()).isEqualTo(7.5);
        assertThat(sums.gap()).isEqualTo(0.5);
        for (Weighting weighting : Weighting.values()) {
            PolicyBatches others =
                    new PolicyBatches(new PolicyOptions(false, weighting, 0.2, 0.2, 0, false, 0), 16, 10);
            others.add(replies, new double[] {0.5, -0.5});
            others.fill();
            double sum = weighting == Weighting.CONSTANT ? 6.0 / 20 : 1;
            assertThat(others.batch(0).totalWeight()).as("%s", weighting).isCloseTo(sum, within(1e-6));
        }
        PolicyBatches narrow = new PolicyBatches(Preset.GRPO.options(), 5, 10);
        narrow.add(replies, new double[] {1, -1});
        assertThatIllegalArgumentException().isThrownBy(narrow::fill).withMessageContaining("does not fit");
    }

    /** One prompt, two replies of a token: the rewarded one becomes likelier, the other less likely. */
    @ParameterizedTest
    @EnumSource(Preset.class)
    void anUpdateFavoursWhatWasRewarded(Preset preset) {
        try (Team team = Team.ofSize(1);
                Trainer trainer = new Trainer(Recipe.parse(TinyRun.RECIPE, "tiny"), folder, folder, team)) {
            Network network = trainer.network();
            int[] prompt = {5, 6};
            double[] before = logs(network, prompt);
            PolicyBatches batches = new PolicyBatches(preset.options(), 32, 4);
            for (double rewarded = 0; rewarded < 2; rewarded++) {
                batches.clear();
                batches.add(
                        List.of(reply(prompt, before[0], 7), reply(prompt, before[1], 9)),
                        Advantages.of(
                                new double[] {1, 1 - rewarded}, preset.options().byDeviation()));
                batches.fill();
                network.parameters().clearGradients();
                network.loss().loss(batches.loss(0), 1);
                network.tape().forwardAndBackward(batches.batch(0));
                if (rewarded == 0) { // both were: nothing to learn
                    assertThat(network.parameters().all()).allMatch(PolicyLossTest::noGradient);
                }
            }
            for (Parameter p : network.parameters().all()) {
                for (int r = 0; r < p.rows(); r++) {
                    for (int c = 0; c < p.cols(); c++) {
                        p.value()
                                .set(
                                        r,
                                        c,
                                        p.value().get(r, c)
                                                - 0.1f * p.gradient().get(r, c));
                    }
                }
            }
            double[] after = logs(network, prompt);
            assertThat(after[0]).isGreaterThan(before[0]);
            assertThat(after[1]).isLessThan(before[1]);
        }
    }

    private static boolean noGradient(Parameter parameter) {
        for (int r = 0; r < parameter.rows(); r++) {
            for (int c = 0; c < parameter.cols(); c++) {
                if (parameter.gradient().get(r, c) != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Log-probabilities of tokens 7 and 9 after the prompt. */
    private static double[] logs(Network network, int[] prompt) {
        Batch batch = new Batch(32);
        for (int next : new int[] {7, 9}) {
            batch.addSequence(new int[] {prompt[0], prompt[1], next}, new float[] {0, 0, 1});
        }
        network.tape().forward(batch);
        return new double[] {network.loss().logProbability(1), network.loss().logProbability(4)};
    }
}
