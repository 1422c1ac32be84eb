package dev.jerboa.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.model.decoder.RouterSpec.GroupScore;
import dev.jerboa.model.decoder.RouterSpec.Score;
import java.lang.foreign.Arena;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The router against its definition in architectures: scores, groups, choice and weights computed the plain way. */
class RouterTest {
    @Test
    void softmaxWeightsOfTheChosenAreNormalised() {
        int[] experts = new int[2];
        float[] weights = new float[2];
        router(RouterSpec.softmax(2, true), null).route(row(0, 1, 3, 2), 0, experts, weights, 0);
        assertThat(experts).containsExactly(2, 3);
        assertThat(weights[0]).isCloseTo((float) (1 / (1 + Math.exp(-1))), within(1e-6f));
        assertThat(weights[0] + weights[1]).isCloseTo(1f, within(1e-6f));
    }

    @Test
    void biasChoosesButDoesNotWeigh() {
        RouterSpec spec = RouterSpec.of(Score.SIGMOID, 1).withBias(true).withScale(2);
        int[] experts = new int[1];
        float[] weights = new float[1];
        router(spec, new float[] {0, 0, 0, 5}).route(row(3, 2, 1, 0), 0, experts, weights, 0);
        assertThat(experts).containsExactly(3);
        assertThat(weights[0]).isCloseTo(2 * 0.5f, within(1e-6f));
    }

    @Test
    void aTableChoosesByToken() {
        RouterSpec spec = RouterSpec.of(Score.SIGMOID, 2).withNormalised(true).withByToken(true);
        int[] experts = new int[2];
        float[] weights = new float[2];
        new Router(spec, 4, null, new int[] {0, 1, 3, 0, 2, 2}).route(row(0, 1, 9, 2), 0, 1, experts, weights, 0);
        assertThat(experts).containsExactly(3, 0);
        double of3 = 1 / (1 + Math.exp(-2));
        assertThat(weights[0]).isCloseTo((float) (of3 / (of3 + 0.5)), within(1e-6f));
        assertThat(weights[0] + weights[1]).isCloseTo(1f, within(1e-6f));
    }

    @Test
    void groupsByBestTwoAndByBestDiffer() {
        FloatRows logits = row(5, -9, 2, 2); // groups {5, −9} and {2, 2}
        int[] experts = new int[1];
        float[] weights = new float[1];
        router(RouterSpec.of(Score.SIGMOID, 1).withGroups(2, 1, GroupScore.BEST), null)
                .route(logits, 0, experts, weights, 0);
        assertThat(experts).containsExactly(0);
        router(RouterSpec.of(Score.SIGMOID, 1).withGroups(2, 1, GroupScore.SUM_OF_BEST_TWO), null)
                .route(logits, 0, experts, weights, 0);
        assertThat(experts).containsExactly(2);
    }

    /** Sigmoids of large logits are all 1 in float32; the logits still differ. */
    @Test
    void largeLogitsChooseByThemselves() {
        RouterSpec spec = RouterSpec.of(Score.SIGMOID, 1);
        int[] experts = new int[1];
        float[] weights = new float[1];
        router(spec, null).route(row(20, 25, 40, 30), 0, experts, weights, 0);
        assertThat(experts).containsExactly(2);
        assertThat(weights).containsExactly(1);
    }

    @Test
    void sumsBelowTheFloorAreDividedByIt() {
        RouterSpec spec = RouterSpec.of(Score.SOFTMAX, 1).withNormalised(true).withFloor(0.75f);
        int[] experts = new int[1];
        float[] weights = new float[1];
        router(spec, null).route(row(0, 0, 0, 0), 0, experts, weights, 0);
        assertThat(weights[0]).isCloseTo(0.25f / 0.75f, within(1e-6f));
    }

    @Property(tries = 200)
    void agreesWithItsDefinition(@ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int perToken) {
        Random random = new Random(seed);
        int count = 16;
        float[] logits = new float[count];
        float[] bias = new float[count];
        for (int e = 0; e < count; e++) {
            logits[e] = (float) random.nextGaussian() * 2;
            bias[e] = (float) random.nextGaussian() * 0.2f;
        }
        RouterSpec spec = RouterSpec.of(Score.values()[random.nextInt(Score.values().length)], perToken)
                .withBias(true)
                .withGroups(4, 2, random.nextBoolean() ? GroupScore.BEST : GroupScore.SUM_OF_BEST_TWO)
                .withNormalised(random.nextBoolean())
                .withScale(2.5f);
        int[] experts = new int[perToken];
        float[] weights = new float[perToken];
        router(spec, bias).route(row(logits), 0, experts, weights, 0);

        double[] scores = scores(spec, logits);
        List<Integer> groups = best(IntStream.range(0, 4), g -> groupScore(spec, scores, bias, g), 2);
        List<Integer> chosen =
                best(IntStream.range(0, count).filter(e -> groups.contains(e / 4)), e -> scores[e] + bias[e], perToken);
        assertThat(IntStream.of(experts).boxed().toList()).isEqualTo(chosen);
        if (spec.score() == Score.SOFTMAX_OF_CHOSEN) {
            double total = chosen.stream().mapToDouble(e -> Math.exp(logits[e])).sum();
            chosen.forEach(e -> scores[e] = Math.exp(logits[e]) / total);
        }
        double sum = chosen.stream().mapToDouble(e -> scores[e]).sum();
        for (int j = 0; j < perToken; j++) {
            double expected = scores[chosen.get(j)] / (spec.normalise() ? sum : 1) * 2.5;
            assertThat((double) weights[j]).isCloseTo(expected, within(1e-5));
        }
    }

    private static double[] scores(RouterSpec spec, float[] logits) {
        double total = IntStream.range(0, logits.length)
                .mapToDouble(e -> Math.exp(logits[e]))
                .sum();
        return IntStream.range(0, logits.length)
                .mapToDouble(e -> switch (spec.score()) {
                    case SIGMOID -> 1 / (1 + Math.exp(-logits[e]));
                    case SOFTMAX -> Math.exp(logits[e]) / total;
                    case SQRT_SOFTPLUS -> Math.sqrt(Math.log(1 + Math.exp(logits[e])));
                    case SOFTMAX_OF_CHOSEN -> logits[e];
                })
                .toArray();
    }

    private static double groupScore(RouterSpec spec, double[] scores, float[] bias, int group) {
        return IntStream.range(group * 4, group * 4 + 4)
                .mapToDouble(e -> scores[e] + bias[e])
                .boxed()
                .sorted(Comparator.reverseOrder())
                .limit(spec.groupScore() == GroupScore.BEST ? 1 : 2)
                .mapToDouble(x -> x)
                .sum();
    }

    private static List<Integer> best(IntStream of, java.util.function.IntToDoubleFunction score, int count) {
        return of.boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -score.applyAsDouble(i)))
                .limit(count)
                .toList();
    }

    private static Router router(RouterSpec spec, float @org.jspecify.annotations.Nullable [] bias) {
        return new Router(spec, bias == null ? 4 : bias.length, bias);
    }

    private static FloatRows row(float... values) {
        return FloatRows.copyOf(Arena.ofAuto(), values, values.length);
    }
}
