package dev.jerboa.engine.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceTest {
    private static final long MILLI = 1_000_000;

    @Test
    void aStepLastsTwiceAsLongAsOneWithoutPrompts() {
        Pace pace = new Pace(512);
        // alone, a prompt token takes 2 ms; beside four writers, whose step takes 60 ms, it takes 6 ms
        pace.took(0, 512, 1024 * MILLI);
        pace.took(4, 0, 60 * MILLI);
        for (int step = 0; step < 50; step++) {
            int prompt = pace.promptTokens(4);
            pace.took(4, prompt, (60 + 6L * prompt) * MILLI);
        }
        assertThat(pace.promptTokens(4)).isBetween(9, 11);
    }

    @Test
    void aFewSlowStepsMeanNothing() {
        Pace pace = new Pace(512);
        pace.took(0, 512, 1024 * MILLI);
        for (int step = 0; step < 12; step++) {
            pace.took(4, 0, 40 * MILLI);
        }
        for (int step = 0; step < 5; step++) {
            pace.took(4, 0, 160 * MILLI);
        }
        assertThat(pace.promptTokens(4)).isEqualTo(10);
    }

    @Test
    void aSecondOfSlowStepsMeansNothing() {
        Pace pace = new Pace(512);
        pace.took(0, 512, 1024 * MILLI);
        for (int step = 0; step < 40; step++) {
            pace.took(4, 0, 20 * MILLI);
        }
        for (int step = 0; step < 20; step++) { // a client's program starts on the same processors
            pace.took(4, 0, 100 * MILLI);
        }
        assertThat(pace.promptTokens(4)).isEqualTo(5);
    }

    @Test
    void whatHasBecomeSlowIsNoticed() {
        Pace pace = new Pace(512);
        pace.took(0, 512, 1024 * MILLI);
        for (int step = 0; step < 64; step++) {
            pace.took(4, 0, 20 * MILLI);
        }
        for (int step = 0; step < 64; step++) {
            pace.took(4, 0, 40 * MILLI);
        }
        assertThat(pace.promptTokens(4)).isEqualTo(10);
    }

    @Test
    void whatIsUnknownBeginsSmall() {
        Pace pace = new Pace(512);
        assertThat(pace.promptTokens(1)).isEqualTo(4);
        pace.took(1, 0, 20 * MILLI);
        assertThat(pace.promptTokens(1)).isEqualTo(4);
        pace.took(0, 100, 100 * MILLI);
        assertThat(pace.promptTokens(1)).isEqualTo(10);
    }

    @Test
    void moreWritersTakeTheNearestStep() {
        Pace pace = new Pace(512);
        pace.took(2, 0, 20 * MILLI);
        pace.took(8, 0, 80 * MILLI);
        pace.took(0, 100, 50 * MILLI);
        assertThat(pace.promptTokens(3)).isEqualTo(20);
        assertThat(pace.promptTokens(7)).isEqualTo(80);
        assertThat(pace.promptTokens(100)).isEqualTo(80);
    }

    @Test
    void aPromptAlwaysGoesOn() {
        Pace pace = new Pace(2);
        pace.took(1, 0, MILLI);
        pace.took(0, 1, 100 * MILLI);
        assertThat(pace.promptTokens(1)).isEqualTo(2);
    }
}
