package dev.jerboa.gateway.dialect.conversation;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A function that may be called.
 *
 * @param description may be empty
 * @param parameters a JSON schema; null where there is none
 * @param strict whether arguments must be exactly so; null where it is not said
 */
public record Tool(
        String name,
        String description,
        @Nullable Map<String, ? extends @Nullable Object> parameters,
        @Nullable Boolean strict,
        @Nullable Object cache) {}
