package dev.jerboa.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class RequestPaceTest {
    private final RequestPace pace = new RequestPace(Duration.ofSeconds(60));

    private static long seconds(long seconds) {
        return TimeUnit.SECONDS.toNanos(seconds);
    }

    @Test
    void aByteASecondIsTooSlowAfterTheGrace() {
        pace.begun(1);
        int sent = 0;
        while (!pace.isTooSlow(0)) {
            pace.came(seconds(1), 1);
            sent++;
        }
        assertThat(sent).isEqualTo(61);
    }

    @Test
    void bytesBuyTime() {
        pace.begun(1);
        for (int i = 0; i < 100_000; i++) {
            pace.came(seconds(1), RequestPace.BYTES_A_SECOND);
            assertThat(pace.isTooSlow(seconds(59))).isFalse();
        }
    }

    @Test
    void silenceIsNotBought() {
        pace.begun(100_000_000);

        assertThat(pace.isTooSlow(seconds(60))).isFalse();
        assertThat(pace.isTooSlow(seconds(60) + 1)).isTrue();
    }

    @Test
    void eachRequestBeginsAnew() {
        pace.begun(1);
        pace.came(seconds(60), 1);
        assertThat(pace.isTooSlow(seconds(1))).isTrue();

        pace.begun(1);
        assertThat(pace.isTooSlow(seconds(59))).isFalse();
    }
}
