package dev.jerboa.gateway.config;

import dev.jerboa.settings.Section;
import java.time.Duration;

/**
 * What is tried again, as long as the client has been sent nothing.
 *
 * @param tries at one endpoint, the first included
 * @param endpoints that one request may ask
 * @param pause before the second try; it doubles with each, with some chance in it
 * @param maxPause the longest pause; an endpoint that wants to be left alone for longer is not waited for
 */
public record RetryConfig(int tries, int endpoints, Duration pause, Duration maxPause) {
    private static final Duration MOST = Duration.ofMinutes(10);

    static RetryConfig read(Section section) {
        Duration pause = Amounts.time(section, "pause", Duration.ofMillis(250), Duration.ZERO, MOST);
        return new RetryConfig(
                section.integer("tries", 2, 1, 20),
                section.integer("endpoints", 4, 1, 50),
                pause,
                Amounts.time(section, "max_pause", later(pause, Duration.ofSeconds(5)), pause, MOST));
    }

    private static Duration later(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }
}
