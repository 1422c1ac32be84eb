package dev.jerboa.engine.eval.statistic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Intervals have what defines them, and cover what they promise. */
class IntervalsTest {
    private static final double Z = 1.959963984540054;

    /** The ends are where a share's distance from the found one is Z of its own standard errors. */
    @Property(tries = 300)
    void wilsonEndsAreZErrorsAway(
            @ForAll @IntRange(min = 1, max = 5000) int total, @ForAll @DoubleRange(min = 0, max = 1) double part) {
        Proportion found = new Proportion(Math.round(part * total), total);
        Interval interval = found.interval();
        assertThat(interval.low()).isBetween(0.0, found.share());
        assertThat(interval.high()).isBetween(found.share(), 1.0);
        for (double end : new double[] {interval.low(), interval.high()}) {
            if (end > 0 && end < 1) {
                double error = Math.sqrt(end * (1 - end) / total);
                assertThat(Math.abs(found.share() - end)).isEqualTo(Z * error, within(1e-9));
            }
        }
        Interval mirrored = new Proportion(total - found.count(), total).interval();
        assertThat(mirrored.low()).isEqualTo(1 - interval.high(), within(1e-12));
        Interval tenfold = new Proportion(10 * found.count(), 10L * total).interval();
        assertThat(tenfold.high() - tenfold.low()).isLessThan(interval.high() - interval.low());
    }

    /** Published values: 81 of 263 (Newcombe 1998). */
    @Test
    void wilsonAsPublished() {
        Interval interval = new Proportion(81, 263).interval();
        assertThat(interval.low()).isEqualTo(0.2553, within(5e-5));
        assertThat(interval.high()).isEqualTo(0.3662, within(5e-5));
        assertThat(new Proportion(0, 0).interval()).isEqualTo(new Interval(0, 1));
    }

    @Property(tries = 200)
    void meansAreThoseOfTwoPasses(@ForAll @Size(min = 2, max = 50) double[] values) {
        Mean mean = new Mean();
        double[] small = Arrays.stream(values).map(v -> v % 1000).toArray();
        Arrays.stream(small).forEach(mean::add);
        double sum = Arrays.stream(small).sum() / small.length;
        double squares = Arrays.stream(small).map(v -> (v - sum) * (v - sum)).sum();
        assertThat(mean.value()).isEqualTo(sum, within(1e-9));
        double error = Math.sqrt(squares / (small.length - 1) / small.length);
        assertThat(mean.standardError()).isEqualTo(error, within(1e-6));
    }

    @Property(tries = 100)
    void bootstrapIsRepeatableAndMovesWithTheValues(@ForAll @Size(min = 1, max = 40) double[] any, @ForAll long seed) {
        double[] values = Arrays.stream(any).map(v -> v % 10).toArray();
        Interval interval = Bootstrap.ofMean(values, seed);
        assertThat(Bootstrap.ofMean(values, seed)).isEqualTo(interval);
        assertThat(interval.low())
                .isGreaterThanOrEqualTo(Arrays.stream(values).min().orElseThrow() - 1e-9);
        assertThat(interval.high())
                .isLessThanOrEqualTo(Arrays.stream(values).max().orElseThrow() + 1e-9);
        Interval moved = Bootstrap.ofMean(Arrays.stream(values).map(v -> v + 5).toArray(), seed);
        assertThat(moved.low()).isEqualTo(interval.low() + 5, within(1e-9));
        assertThat(moved.high()).isEqualTo(interval.high() + 5, within(1e-9));
    }

    /** Of two hundred samples from a known distribution, about one in twenty intervals misses its mean. */
    @Test
    void bootstrapCoversTheMean() {
        Random random = new Random(3);
        int covered = 0;
        for (int run = 0; run < 200; run++) {
            double[] values = random.doubles(60).map(v -> v * v).toArray();
            Interval interval = Bootstrap.ofMean(values, run);
            covered += interval.low() <= 1.0 / 3 && 1.0 / 3 <= interval.high() ? 1 : 0;
        }
        assertThat(covered).isBetween(180, 198);
    }

    @Test
    void quantilesHaveErrorsOfTheRightSize() {
        Random random = new Random(4);
        Mean medians = new Mean();
        Mean errors = new Mean();
        for (int run = 0; run < 200; run++) {
            Quantiles quantiles = new Quantiles(random.doubles(400).toArray());
            medians.add(quantiles.at(0.5));
            errors.add(quantiles.standardError(0.5));
        }
        assertThat(errors.value()).isEqualTo(medians.deviation(), within(0.2 * medians.deviation()));
        Quantiles few = new Quantiles(new double[] {3, 1, 2});
        assertThat(few.at(0)).isEqualTo(1);
        assertThat(few.at(0.5)).isEqualTo(2);
        assertThat(few.at(0.75)).isEqualTo(2.5);
        assertThat(few.at(1)).isEqualTo(3);
        assertThat(new Quantiles(new double[] {1, Double.POSITIVE_INFINITY, 1}).standardError(0.01))
                .isFinite();
    }
}
