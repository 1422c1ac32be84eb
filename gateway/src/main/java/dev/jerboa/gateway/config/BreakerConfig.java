package dev.jerboa.gateway.config;

import dev.jerboa.settings.Section;
import java.time.Duration;

/**
 * When an endpoint is left alone.
 *
 * @param failures so many within the window, and it is
 * @param window how long a failure counts
 * @param pause for how long it is left alone; then a few requests try it
 * @param probes how many requests at a time may try it then
 */
public record BreakerConfig(int failures, Duration window, Duration pause, int probes) {
    static BreakerConfig read(Section section) {
        Duration least = Duration.ofMillis(1);
        Duration most = Duration.ofHours(24);
        return new BreakerConfig(
                section.integer("failures", 5, 1, 100_000),
                Amounts.time(section, "window", Duration.ofSeconds(30), least, most),
                Amounts.time(section, "pause", Duration.ofSeconds(15), least, most),
                section.integer("probes", 1, 1, 1_000));
    }
}
