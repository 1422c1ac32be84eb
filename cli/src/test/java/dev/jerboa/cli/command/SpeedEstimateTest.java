package dev.jerboa.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.model.decoder.ExpertSizes;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** What is reckoned of bytes a token. */
class SpeedEstimateTest {
    /** 1 GB of experts a token, of 16 GB, and 1 GB of other weights. */
    private static final ExpertSizes SIZES = new ExpertSizes(64, 16, 16_000_000_000L, 1_000_000_000L, 1_000_000_000L);

    @Test
    void memoryAndDiskTakeTheirTimes() {
        SpeedEstimate estimate = new SpeedEstimate(SIZES, 0.25, 20, OptionalDouble.of(2));
        assertThat(estimate.tokensPerSecond()).isEqualTo(10, within(1e-9));
        assertThat(estimate.tokensPerSecond(0, 2)).isEqualTo(1 / 0.6, within(1e-9));
        assertThat(estimate.tokensPerSecond(0.75, 2)).isEqualTo(1 / 0.225, within(1e-9));
    }

    @Test
    void unevenUseFindsMoreInMemory() {
        SpeedEstimate estimate = new SpeedEstimate(SIZES, 0.25, 20, OptionalDouble.of(2));
        assertThat(estimate.uniformHits()).isEqualTo(0.25);
        assertThat(estimate.skewedHits())
                .as("the first 4 of 16")
                .isEqualTo((1 + 1 / 2.0 + 1 / 3.0 + 1 / 4.0) / 3.380728993, within(1e-6));
        assertThat(new SpeedEstimate(SIZES, 1, 20, OptionalDouble.of(2)).skewedHits())
                .isEqualTo(1);
        assertThat(new SpeedEstimate(SIZES, 0, 20, OptionalDouble.of(2)).skewedHits())
                .isZero();
    }

    @Test
    void sizesAreReadInUnits() {
        assertThat(Sizes.parse("--x", "4294967296")).isEqualTo(4L << 30);
        assertThat(Sizes.parse("--x", "4G")).isEqualTo(4L << 30);
        assertThat(Sizes.parse("--x", "1.5 GiB")).isEqualTo(3L << 29);
        assertThat(Sizes.parse("--x", "0")).isZero();
        assertThatThrownBy(() -> Sizes.parse("--x", "-1")).hasMessageContaining("--x -1");
        assertThatThrownBy(() -> Sizes.parse("--x", "4 parsecs")).isInstanceOf(CommandException.class);
    }
}
