package dev.jerboa.gateway.config;

import dev.jerboa.settings.Section;
import java.time.Duration;

/**
 * How large a request may be, and how long an attempt at an endpoint may take.
 *
 * @param requests under way at once; 0 for what the heap holds
 * @param bodyBytes of a request
 * @param connect until an endpoint takes the connection
 * @param firstToken until the first content, from the attempt's beginning
 * @param idle between two pieces of a stream
 * @param total of a request with all its attempts
 */
public record LimitsConfig(
        int requests, long bodyBytes, Duration connect, Duration firstToken, Duration idle, Duration total) {
    private static final Duration LEAST = Duration.ofMillis(1);
    private static final Duration MOST = Duration.ofHours(24);

    static LimitsConfig read(Section section) {
        return new LimitsConfig(
                section.has("requests") ? section.integer("requests", 1, 1_000_000) : 0,
                Amounts.bytes(section, "body_bytes", 10_000_000, 1_000, 1 << 30),
                Amounts.time(section, "connect", Duration.ofSeconds(10), LEAST, MOST),
                Amounts.time(section, "first_token", Duration.ofMinutes(2), LEAST, MOST),
                Amounts.time(section, "idle", Duration.ofMinutes(1), LEAST, MOST),
                Amounts.time(section, "total", Duration.ofMinutes(30), LEAST, MOST));
    }
}
