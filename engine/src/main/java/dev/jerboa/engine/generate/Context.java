package dev.jerboa.engine.generate;

import dev.jerboa.engine.cache.Sequence;
import java.util.Arrays;

/** The tokens whose keys and values a session has in the cache. One thread at a time. */
final class Context implements AutoCloseable {
    private final Steps steps;
    private final Sequence sequence;
    private int[] tokens = new int[64];

    Context(Steps steps, int contextLength) {
        this.steps = steps;
        this.sequence = steps.cache().sequence(contextLength);
    }

    /** Tokens in the cache. */
    int length() {
        return sequence.length();
    }

    int capacity() {
        return sequence.maxTokens();
    }

    /**
     * Forgets what does not belong to {@code prompt}: keeps the longest common prefix, but never all of the prompt, because
     * its last token must be computed to predict the next.
     *
     * @return tokens kept
     */
    int keepPrefixOf(int[] prompt) {
        int limit = Math.min(prompt.length - 1, sequence.length());
        int common = Arrays.mismatch(tokens, 0, limit, prompt, 0, limit);
        int kept = common < 0 ? limit : common;
        sequence.truncate(kept);
        return kept;
    }

    /** Whether pages for {@code more} tokens are there, taken from the cache where necessary. */
    boolean reserve(int more) {
        return sequence.reserve(sequence.length() + more);
    }

    /** Computes reserved tokens whose logits nobody wants. */
    void run(int[] from, int at, int count) {
        int length = sequence.length();
        steps.run(from, at, count, sequence);
        remember(from, at, count, length);
    }

    /** Computes reserved tokens and reads the logits of the last. */
    int runAndRead(int[] from, int at, int count, Steps.Reader reader) {
        int length = sequence.length();
        int result;
        try {
            result = steps.runAndRead(from, at, count, sequence, reader);
        } finally {
            if (sequence.length() > length) { // also where the reader failed
                remember(from, at, count, length);
            }
        }
        return result;
    }

    private void remember(int[] from, int at, int count, int length) {
        if (length + count > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(length + count, 2 * tokens.length));
        }
        System.arraycopy(from, at, tokens, length, count);
    }

    @Override
    public void close() {
        sequence.close();
    }
}
