package dev.jerboa.bench.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class SoakTest {
    /** A short one: the clients come with every kind of visit several times. */
    @Test
    void aFewSecondsOfRandomTrafficLeaveNothingBehind() throws Exception {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        List<String> wrongs;
        try (PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
            wrongs = Soak.run(new Soak.Settings(3, 2, 24, 1), out);
        }
        assertThat(wrongs).as(printed.toString(StandardCharsets.UTF_8)).isEmpty();
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("all is well");
    }
}
