package dev.jerboa.gateway.share.workload;

import dev.jerboa.gateway.money.Usage;

/**
 * Requests that are alike.
 *
 * @param requests how many, 1 or more
 * @param promptTokens of each
 * @param cachedTokens how many of those come from a provider's cache
 * @param outputTokens of each reply, without its reasoning
 * @param reasoningTokens of each reply
 */
public record Workload(long requests, long promptTokens, long cachedTokens, long outputTokens, long reasoningTokens) {
    private static final long MOST_REQUESTS = 1_000_000_000_000L;
    private static final long MOST_TOKENS = 100_000_000;

    /** @throws IllegalArgumentException where something is negative, too much, or more is cached than there is */
    public Workload {
        if (requests < 1 || requests > MOST_REQUESTS) {
            throw new IllegalArgumentException("requests: expected 1 to " + MOST_REQUESTS + ", found " + requests);
        }
        require("prompt", promptTokens);
        require("output", outputTokens);
        require("reasoning", reasoningTokens);
        if (cachedTokens < 0 || cachedTokens > promptTokens) {
            throw new IllegalArgumentException(
                    "cached: expected 0 to the " + promptTokens + " tokens of the prompt, found " + cachedTokens);
        }
    }

    private static void require(String what, long tokens) {
        if (tokens < 0 || tokens > MOST_TOKENS) {
            throw new IllegalArgumentException(what + ": expected 0 to " + MOST_TOKENS + " tokens, found " + tokens);
        }
    }

    /** The tokens of one request. */
    Usage usage() {
        return new Usage(promptTokens - cachedTokens, cachedTokens, 0, 0, outputTokens, reasoningTokens);
    }
}
