package dev.jerboa.gateway.money;

/**
 * The tokens of a request in disjoint buckets: none is part of another, none is negative, and their sum is all that was processed.
 *
 * <p>Dialects overlap them differently (OpenAI's cached tokens are part of the prompt, Anthropic's are not); whoever reads a dialect makes
 * them disjoint, once.
 *
 * @param input tokens of the prompt that were read anew and not written to a provider's cache
 * @param cacheRead tokens of the prompt that came from a provider's cache
 * @param cacheWrite tokens of the prompt that were written to a provider's cache for its usual, short time
 * @param cacheWriteLong tokens of the prompt that were written to a provider's cache for an hour
 * @param output tokens of the reply but for its reasoning
 * @param reasoning tokens of reasoning
 */
public record Usage(long input, long cacheRead, long cacheWrite, long cacheWriteLong, long output, long reasoning) {
    public static final Usage NONE = new Usage(0, 0, 0, 0, 0, 0);

    /** @throws IllegalArgumentException where a bucket is negative */
    public Usage {
        if (input < 0 || cacheRead < 0 || cacheWrite < 0 || cacheWriteLong < 0 || output < 0 || reasoning < 0) {
            throw new IllegalArgumentException("a negative count of tokens: input " + input + ", cache read "
                    + cacheRead
                    + ", cache write " + cacheWrite + " and " + cacheWriteLong + ", output " + output + ", reasoning "
                    + reasoning);
        }
    }

    /** A prompt and a reply, without caches and reasoning. */
    public static Usage of(long input, long output) {
        return new Usage(input, 0, 0, 0, output, 0);
    }

    /** All tokens of the prompt. */
    public long prompt() {
        return Math.addExact(Math.addExact(input, cacheRead), Math.addExact(cacheWrite, cacheWriteLong));
    }

    /** All tokens of the reply. */
    public long completion() {
        return Math.addExact(output, reasoning);
    }

    public long total() {
        return Math.addExact(prompt(), completion());
    }

    public Usage plus(Usage other) {
        return new Usage(
                Math.addExact(input, other.input),
                Math.addExact(cacheRead, other.cacheRead),
                Math.addExact(cacheWrite, other.cacheWrite),
                Math.addExact(cacheWriteLong, other.cacheWriteLong),
                Math.addExact(output, other.output),
                Math.addExact(reasoning, other.reasoning));
    }
}
