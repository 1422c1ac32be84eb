package dev.jerboa.train.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AccuracyTest {
    /** Wilson's interval as tabulated by independent calculators. */
    @Test
    void accuracyHasWilsonsInterval() {
        Accuracy some = new Accuracy(81, 263);
        assertThat(some.low()).isCloseTo(0.2553, within(1e-4));
        assertThat(some.high()).isCloseTo(0.3662, within(1e-4));
        Accuracy all = new Accuracy(10, 10);
        assertThat(all.low()).isCloseTo(0.7225, within(1e-4));
        assertThat(all.high()).isEqualTo(1);
        assertThat(new Accuracy(0, 0).high()).isEqualTo(1);
        assertThat(all).hasToString("100.0 % (72.2–100.0 %, n = 10)");
        assertThatThrownBy(() -> new Accuracy(2, 1)).hasMessageContaining("2 right answers of 1");
    }
}
