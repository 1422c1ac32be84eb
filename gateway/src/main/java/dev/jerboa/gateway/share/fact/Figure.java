package dev.jerboa.gateway.share.fact;

import java.util.Locale;

/** What a rollup sums, by its columns' names. */
public enum Figure {
    REQUESTS,
    FAILED,
    FALLBACKS,
    STREAMED,
    INPUT,
    CACHE_READ,
    CACHE_WRITE,
    CACHE_WRITE_LONG,
    OUTPUT,
    REASONING,
    BYTES_IN,
    BYTES_OUT,
    COST_NANOS,
    UPSTREAM_COST_NANOS,
    UNCACHED_NANOS,
    DEAREST_NANOS,
    TOOL_REQUESTS,
    TOOL_CALLS,
    REASONING_REQUESTS,
    QUALITY_PROVIDER,
    QUALITY_ESTIMATED,
    QUALITY_PARTIAL,
    QUALITY_MISSING,
    DURATION_MICROS,
    FIRST_TOKENS,
    FIRST_TOKEN_MICROS;

    /** The column. */
    public String column() {
        return name().toLowerCase(Locale.ROOT);
    }
}
