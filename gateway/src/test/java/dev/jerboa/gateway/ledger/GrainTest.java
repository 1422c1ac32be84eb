package dev.jerboa.gateway.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GrainTest {
    @ParameterizedTest
    @CsvSource({
        "HOUR, 2026-11-29T10:15:30Z, 2026-11-29T10:00:00Z",
        "DAY, 2026-11-29T23:59:59Z, 2026-11-29T00:00:00Z",
        "WEEK, 2026-11-29T10:15:30Z, 2026-11-23T00:00:00Z",
        "WEEK, 2026-11-30T00:00:00Z, 2026-11-30T00:00:00Z",
        "WEEK, 1970-01-01T00:00:00Z, 1969-12-29T00:00:00Z",
        "MONTH, 2024-02-29T12:00:00Z, 2024-02-01T00:00:00Z",
        "ALL, 2024-02-29T12:00:00Z, 1970-01-01T00:00:00Z"
    })
    void partsBeginWhereTheCalendarSays(Grain grain, Instant time, Instant start) {
        assertThat(grain.startHour(time.getEpochSecond() / 3600) * 3600).isEqualTo(start.getEpochSecond());
    }
}
