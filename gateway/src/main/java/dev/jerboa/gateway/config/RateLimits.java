package dev.jerboa.gateway.config;

import dev.jerboa.settings.Section;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How often something may be asked for; what is empty is not limited.
 *
 * @param requestsPerMinute requests
 * @param tokensPerMinute tokens of prompts and replies
 * @param concurrent requests at a time
 */
public record RateLimits(OptionalLong requestsPerMinute, OptionalLong tokensPerMinute, OptionalInt concurrent) {
    public static final RateLimits NONE =
            new RateLimits(OptionalLong.empty(), OptionalLong.empty(), OptionalInt.empty());

    /** The limits among a section's keys; {@code otherwise} says those that it does not. */
    static RateLimits read(Section section, RateLimits otherwise) {
        int most = Integer.MAX_VALUE;
        return new RateLimits(
                section.has("requests_per_minute")
                        ? OptionalLong.of(section.integer("requests_per_minute", 1, most))
                        : otherwise.requestsPerMinute,
                section.has("tokens_per_minute")
                        ? OptionalLong.of(section.integer("tokens_per_minute", 1, most))
                        : otherwise.tokensPerMinute,
                section.has("concurrent")
                        ? OptionalInt.of(section.integer("concurrent", 1, 1_000_000))
                        : otherwise.concurrent);
    }
}
