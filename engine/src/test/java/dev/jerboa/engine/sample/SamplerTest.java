package dev.jerboa.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import dev.jerboa.kernel.memory.FloatRows;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private static final float INF = Float.POSITIVE_INFINITY;

    @Test
    void greedyTakesTheGreatestLogitAndTheSmallerIdOfEquals() {
        assertThat(pick(SamplingOptions.greedy(), 1, 3, 2, 3)).isEqualTo(1);
        assertThat(pick(SamplingOptions.greedy(), -INF, -5, -INF)).isEqualTo(1);
    }

    @Test
    void topKKeepsTheKMostLikely() {
        assertThat(kept(SamplingOptions.plain().withTopK(2), logs(0.1, 0.5, 0.3, 0.1)))
                .containsExactly(1, 2);
        assertThat(kept(SamplingOptions.plain().withTopK(3), logs(0.1, 0.5, 0.3, 0.1)))
                .containsExactly(1, 2, 0);
        assertThat(kept(SamplingOptions.plain().withTopK(9), logs(0.1, 0.5, 0.3, 0.1)))
                .hasSize(4);
    }

    @Test
    void topPKeepsTheSmallestSetThatHoldsTheShare() {
        float[] logits = logs(0.15, 0.5, 0.05, 0.3);
        assertThat(kept(SamplingOptions.plain().withTopP(0.45f), logits)).containsExactly(1);
        assertThat(kept(SamplingOptions.plain().withTopP(0.79f), logits)).containsExactly(1, 3);
        assertThat(kept(SamplingOptions.plain().withTopP(0.81f), logits)).containsExactly(1, 3, 0);
        assertThat(kept(SamplingOptions.plain().withTopP(0.99f), logits)).containsExactly(1, 3, 0, 2);
    }

    @Test
    void topPAfterTopKSharesWhatTopKLeft() {
        // Of {0.5, 0.3} renormalised to {0.625, 0.375}, 0.6 is held by the first alone.
        assertThat(kept(SamplingOptions.plain().withTopK(2).withTopP(0.6f), logs(0.15, 0.5, 0.05, 0.3)))
                .containsExactly(1);
    }

    @Test
    void minPIsRelativeToTheMostLikely() {
        float[] logits = logs(0.15, 0.5, 0.05, 0.3);
        assertThat(kept(SamplingOptions.plain().withMinP(0.5f), logits)).containsExactlyInAnyOrder(1, 3);
        assertThat(kept(SamplingOptions.plain().withMinP(0.29f), logits)).containsExactlyInAnyOrder(0, 1, 3);
    }

    @Test
    void typicalKeepsWhatIsNearestToTheExpectedSurprise() {
        // Surprises 0.80, 1.20, 1.90, 2.30; expected 1.28 (entropy): the order is 1 (0.3), 0 (0.45), 2 (0.15), 3 (0.1).
        float[] logits = logs(0.45, 0.3, 0.15, 0.1);
        assertThat(kept(SamplingOptions.plain().withTypicalP(0.25f), logits)).containsExactly(1);
        assertThat(kept(SamplingOptions.plain().withTypicalP(0.7f), logits)).containsExactly(1, 0);
        assertThat(kept(SamplingOptions.plain().withTypicalP(0.8f), logits)).containsExactly(1, 0, 2);
    }

    @Test
    void temperatureComesBeforeTheFilters() {
        // At temperature 2 the probabilities 0.64, 0.32, 0.04 become 8 : √32 : 2, the first 51.1 %.
        assertThat(kept(SamplingOptions.plain().withTopP(0.6f), logs(0.64, 0.32, 0.04)))
                .containsExactly(0);
        assertThat(kept(SamplingOptions.plain().withTopP(0.6f).withTemperature(2), logs(0.64, 0.32, 0.04)))
                .containsExactly(0, 1);
    }

    @Test
    void penaltiesLookAtPromptAndReplyWithinTheWindow() {
        SamplingOptions repetition = SamplingOptions.greedy().withRepetitionPenalty(2);
        Sampler sampler = new Sampler(repetition, 3, 100);
        assertThat(pick(sampler, 4, 3, -1)).isEqualTo(0);
        sampler.acceptPrompt(0);
        assertThat(pick(sampler, 4, 3, -1)).isEqualTo(1);
        assertThat(pick(sampler, -1, -1.5f, -INF)).isEqualTo(1); // negative logits are multiplied: −2 against −1.5

        Sampler windowed = new Sampler(repetition.withPenaltyWindow(1), 3, 100);
        windowed.acceptPrompt(0);
        windowed.accept(1);
        assertThat(pick(windowed, 4, 7, -1)).isEqualTo(0);

        Sampler counting =
                new Sampler(SamplingOptions.greedy().withFrequencyPenalty(1).withPresencePenalty(0.5f), 2, 100);
        counting.acceptPrompt(0); // these two look at the reply only
        assertThat(pick(counting, 1, 0.9f)).isEqualTo(0);
        counting.accept(0);
        assertThat(pick(counting, 2.3f, 0.9f)).isEqualTo(1); // 2.3 − 1 − 0.5
        counting.accept(0);
        assertThat(pick(counting, 3.5f, 0.9f)).isEqualTo(0); // 3.5 − 2 − 0.5
        assertThat(pick(counting, 3.3f, 0.9f)).isEqualTo(1);
    }

    @Test
    void windowedPenaltiesEqualACountOfTheLastTokens() {
        Random random = new Random(7);
        SamplingOptions options = SamplingOptions.greedy()
                .withRepetitionPenalty(1.3f)
                .withFrequencyPenalty(0.2f)
                .withPresencePenalty(0.1f)
                .withPenaltyWindow(5);
        Penalties penalties = new Penalties(options, 8, 1000);
        List<int[]> history = new ArrayList<>();
        for (int step = 0; step < 300; step++) {
            int token = random.nextInt(8);
            boolean reply = random.nextBoolean();
            penalties.add(token, reply);
            history.add(new int[] {token, reply ? 1 : 0});
            float[] logits = new float[8];
            float[] expected = new float[8];
            for (int i = 0; i < 8; i++) {
                logits[i] = expected[i] = random.nextFloat() * 4 - 2;
                int seen = 0;
                int replied = 0;
                for (int[] past : history.subList(Math.max(0, history.size() - 5), history.size())) {
                    seen += past[0] == i ? 1 : 0;
                    replied += past[0] == i ? past[1] : 0;
                }
                if (seen > 0) {
                    expected[i] = expected[i] > 0 ? expected[i] / 1.3f : expected[i] * 1.3f;
                }
                if (replied > 0) {
                    expected[i] -= 0.2f * replied + 0.1f;
                }
            }
            penalties.apply(logits);
            assertThat(logits).containsExactly(expected, within(1e-6f));
        }
    }

    @Test
    void biasMovesAndForbids() {
        assertThat(pick(SamplingOptions.greedy().withLogitBias(Map.of(2, 5f)), 1, 2, 0))
                .isEqualTo(2);
        assertThat(pick(SamplingOptions.greedy().withLogitBias(Map.of(1, -INF)), 1, 2, 0))
                .isEqualTo(0);
        assertThatThrownBy(() -> new Sampler(SamplingOptions.greedy().withLogitBias(Map.of(7, 1f)), 3, 10))
                .hasMessageContaining("token 7")
                .hasMessageContaining("0 to 2");
    }

    @Test
    void whatIsNoDistributionIsRefusedInWords() {
        for (SamplingOptions options : List.of(SamplingOptions.greedy(), SamplingOptions.plain())) {
            assertThatThrownBy(() -> pick(options, 1, Float.NaN, 2))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("token 1")
                    .hasMessageContaining("NaN");
            assertThatThrownBy(() -> pick(options, 1, 2, INF)).hasMessageContaining("token 2");
            assertThatThrownBy(() -> pick(options, -INF, -INF)).hasMessageContaining("nothing is left");
        }
    }

    @Test
    void optionsOutOfRangeAreRefusedByName() {
        assertThatThrownBy(() -> SamplingOptions.plain().withTopP(0)).hasMessageContaining("top-p is 0.0");
        assertThatThrownBy(() -> SamplingOptions.plain().withTemperature(-1)).hasMessageContaining("temperature");
        assertThatThrownBy(() -> SamplingOptions.plain().withTemperature(Float.NaN))
                .hasMessageContaining("temperature");
        assertThatThrownBy(() -> SamplingOptions.plain().withMinP(1)).hasMessageContaining("min-p");
        assertThatThrownBy(() -> SamplingOptions.plain().withTopK(-1)).hasMessageContaining("top-k");
        assertThatThrownBy(() -> SamplingOptions.plain().withRepetitionPenalty(0))
                .hasMessageContaining("repetition");
    }

    @Test
    void drawsFollowTheDistribution() {
        double[] p = {0.4, 0.25, 0.2, 0.1, 0.05};
        int draws = 200_000;
        int[] counts = new int[5];
        Sampler sampler = new Sampler(SamplingOptions.plain().withSeed(42), 5, 10);
        try (Arena arena = Arena.ofConfined()) {
            FloatRows logits = FloatRows.copyOf(arena, logs(p), 5);
            for (int i = 0; i < draws; i++) {
                counts[sampler.pick(logits, 0)]++;
            }
        }
        double chiSquare = 0;
        for (int i = 0; i < 5; i++) {
            double expected = p[i] * draws;
            chiSquare += (counts[i] - expected) * (counts[i] - expected) / expected;
        }
        assertThat(chiSquare)
                .isBetween(0.02, 18.47); // 4 degrees of freedom: outside in 1 of 1,000 (and near 0: too good)
    }

    @Test
    void sameSeedSameTokens() {
        SamplingOptions options = SamplingOptions.plain().withTopP(0.95f);
        assertThat(sequence(options.withSeed(5))).isEqualTo(sequence(options.withSeed(5)));
        assertThat(sequence(options.withSeed(5))).isNotEqualTo(sequence(options.withSeed(6)));
        assertThat(sequence(options)).isNotEqualTo(sequence(options));
    }

    /** Against a slow implementation that sorts everything, over random logits with ties, forbidden tokens and options. */
    @Test
    void filtersEqualTheirDefinitions() {
        Random random = new Random(11);
        for (int round = 0; round < 4000; round++) {
            int size = 1 + random.nextInt(60);
            float[] logits = new float[size];
            for (int i = 0; i < size; i++) {
                logits[i] = random.nextInt(10) == 0 ? -INF : Math.round(random.nextGaussian() * 12) / 4f;
            }
            logits[random.nextInt(size)] = 2;
            SamplingOptions options = SamplingOptions.plain()
                    .withTemperature(0.3f + random.nextFloat() * 2)
                    .withTopK(random.nextInt(3) == 0 ? 1 + random.nextInt(size + 3) : 0)
                    .withTopP(random.nextInt(2) == 0 ? 0.01f + 0.98f * random.nextFloat() : 1)
                    .withMinP(random.nextInt(3) == 0 ? random.nextFloat() * 0.9f : 0)
                    .withTypicalP(random.nextInt(3) == 0 ? 0.05f + 0.9f * random.nextFloat() : 1)
                    .withSeed(round);
            assertThat(new TreeSet<>(kept(options, logits)))
                    .as("round %d: %s of %s", round, options, Arrays.toString(logits))
                    .isEqualTo(slow(options, logits));
        }
    }

    @Test
    void picksAllocateNothing() {
        int size = 20_000;
        float[] values = new float[size];
        Random random = new Random(3);
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian() * 3;
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Sampler sampler = new Sampler(
                SamplingOptions.plain()
                        .withTemperature(0.8f)
                        .withTopK(40)
                        .withTopP(0.95f)
                        .withTypicalP(0.9f)
                        .withRepetitionPenalty(1.1f),
                size,
                1000);
        try (Arena arena = Arena.ofConfined()) {
            FloatRows logits = FloatRows.copyOf(arena, values, size);
            for (int i = 0; i < 200; i++) {
                sampler.accept(sampler.pick(logits, 0));
            }
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 200; i++) {
                sampler.accept(sampler.pick(logits, 0));
            }
            assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(200 * 100);
        }
    }

    private static Set<Integer> slow(SamplingOptions options, float[] logits) {
        List<Integer> left = new ArrayList<>();
        double[] p = new double[logits.length];
        float max = -INF;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        float scale = 1 / options.temperature();
        double sum = 0;
        for (int i = 0; i < logits.length; i++) {
            p[i] = Math.exp(-(double) ((max - logits[i]) * scale));
            sum += p[i];
            if (p[i] > 0) {
                left.add(i);
            }
        }
        for (int i = 0; i < p.length; i++) {
            p[i] /= sum;
        }
        left.sort((a, b) -> p[a] != p[b] ? Double.compare(p[b], p[a]) : Integer.compare(a, b));
        if (options.topK() > 0 && options.topK() < left.size()) {
            left = new ArrayList<>(left.subList(0, options.topK()));
        }
        if (options.topP() < 1) {
            left = share(left, p, options.topP());
        }
        if (options.minP() > 0) {
            double least = options.minP() * p[left.getFirst()];
            left.removeIf(i -> p[i] < least);
        }
        if (options.typicalP() < 1) {
            double total = left.stream().mapToDouble(i -> p[i]).sum();
            double entropy = left.stream()
                    .mapToDouble(i -> -p[i] / total * Math.log(p[i] / total))
                    .sum();
            left.sort((a, b) -> {
                float x = (float) Math.abs(-Math.log(p[a] / total) - entropy);
                float y = (float) Math.abs(-Math.log(p[b] / total) - entropy);
                return Math.abs(x - y) > 1e-5 ? Float.compare(x, y) : Integer.compare(a, b);
            });
            left = share(left, p, options.typicalP());
        }
        return new TreeSet<>(left);
    }

    private static List<Integer> share(List<Integer> order, double[] p, double share) {
        double total = order.stream().mapToDouble(i -> p[i]).sum();
        double sum = 0;
        List<Integer> kept = new ArrayList<>();
        for (int i : order) {
            if (sum >= share * total) {
                break;
            }
            kept.add(i);
            sum += p[i];
        }
        return kept;
    }

    private static List<Integer> sequence(SamplingOptions options) {
        Sampler sampler = new Sampler(options, 4, 100);
        List<Integer> tokens = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            tokens.add(pick(sampler, 1, 0.5f, 0.7f, 1.2f));
        }
        return tokens;
    }

    /** The ids that the filters leave (with a weight above 0), in the order they leave them. */
    private static List<Integer> kept(SamplingOptions options, float... logits) {
        Sampler sampler = new Sampler(options, logits.length, 100);
        int picked = pick(sampler, logits);
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < sampler.candidates().count(); i++) {
            if (sampler.candidates().weight(i) > 0) {
                ids.add(sampler.candidates().id(i));
            }
        }
        assertThat(ids).contains(picked);
        return ids;
    }

    private static float[] logs(double... probabilities) {
        float[] logits = new float[probabilities.length];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) Math.log(probabilities[i]);
        }
        return logits;
    }

    private static int pick(SamplingOptions options, float... logits) {
        return pick(new Sampler(options, logits.length, 100), logits);
    }

    private static int pick(Sampler sampler, float... logits) {
        try (Arena arena = Arena.ofConfined()) {
            return sampler.pick(FloatRows.copyOf(arena, logits, logits.length), 0);
        }
    }
}
