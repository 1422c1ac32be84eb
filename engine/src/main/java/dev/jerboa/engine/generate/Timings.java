package dev.jerboa.engine.generate;

/**
 * Where a request's time went.
 *
 * @param promptNanos computing the prompt, up to the first token
 * @param generationNanos from the first token to the end
 * @param promptTokens prompt tokens that were computed in that time
 * @param generationTokens tokens that were generated in that time, the first one not counted
 */
public record Timings(long promptNanos, long generationNanos, int promptTokens, int generationTokens) {
    /** Prompt tokens a second, or 0 where there is nothing to measure. */
    public double promptTokensPerSecond() {
        return perSecond(promptTokens, promptNanos);
    }

    /** Generated tokens a second, or 0 where there is nothing to measure. */
    public double generationTokensPerSecond() {
        return perSecond(generationTokens, generationNanos);
    }

    private static double perSecond(int tokens, long nanos) {
        return tokens == 0 || nanos <= 0 ? 0 : tokens * 1e9 / nanos;
    }
}
