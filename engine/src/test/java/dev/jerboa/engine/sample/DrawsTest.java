package dev.jerboa.engine.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class DrawsTest {
    /** The published outputs of SplitMix64 for seed 1234567. */
    @Test
    void drawsAreThePublishedOutputsOfSplitMix64() {
        String[] outputs = {
            "6457827717110365317",
            "3203168211198807973",
            "9817491932198370423",
            "4593380528125082431",
            "16408922859458223821"
        };
        for (int n = 0; n < outputs.length; n++) {
            double expected = (Long.parseUnsignedLong(outputs[n]) >>> 11) / (double) (1L << 53);
            assertThat(Draws.uniform(1234567, n)).isEqualTo(expected);
        }
    }

    @Test
    void decayIsTheExponentialToTenDigits() {
        for (double x = 0; x < 690; x += 0.0137) {
            double exact = StrictMath.exp(-x);
            assertThat(Decay.of(x)).isCloseTo(exact, within(exact * 1e-10));
        }
        assertThat(Decay.of(0)).isEqualTo(1);
        assertThat(Decay.of(Double.POSITIVE_INFINITY)).isZero();
        assertThat(Decay.of(1e30)).isZero();
    }
}
