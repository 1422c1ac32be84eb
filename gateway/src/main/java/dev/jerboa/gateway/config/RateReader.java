package dev.jerboa.gateway.config;

import dev.jerboa.gateway.key.Key.RateLimits;
import dev.jerboa.settings.Section;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Reads how often something may be asked for. */
final class RateReader {
    private static final int MOST = Integer.MAX_VALUE;
    private static final int MOST_CONCURRENT = 1_000_000;

    private RateReader() {}

    /** The limits among a section's keys; {@code otherwise} says those that it does not. */
    static RateLimits read(Section section, RateLimits otherwise) {
        return new RateLimits(
                count(section, "requests_per_minute", otherwise.requestsPerMinute()),
                count(section, "tokens_per_minute", otherwise.tokensPerMinute()),
                section.has("concurrent")
                        ? OptionalInt.of(section.integer("concurrent", 1, MOST_CONCURRENT))
                        : otherwise.concurrent());
    }

    private static OptionalLong count(Section section, String key, OptionalLong otherwise) {
        return section.has(key) ? OptionalLong.of(section.integer(key, 1, MOST)) : otherwise;
    }
}
