package dev.jerboa.engine.sample;

/**
 * Which tokens the penalties apply to: counts of the latest tokens, and the list of the distinct ones. Adding a token and
 * visiting the distinct ones take time that does not depend on the vocabulary. One thread.
 */
final class Penalties {
    private final SamplingOptions options;
    /** Times that each token is in the window, prompt and reply together; and in the reply alone. */
    private final int[] seen;

    private final int[] replied;
    private final int[] distinct;
    private final int[] place;
    private int distinctCount;
    /** The window's tokens, a ring; reply tokens are stored as their complement. Empty when the window is the whole context. */
    private final int[] ring;

    private int added;

    Penalties(SamplingOptions options, int vocabularySize, int maxTokens) {
        this.options = options;
        seen = new int[vocabularySize];
        replied = new int[vocabularySize];
        distinct = new int[vocabularySize];
        place = new int[vocabularySize];
        ring = options.penaltyWindow() < maxTokens ? new int[options.penaltyWindow()] : new int[0];
    }

    void add(int token, boolean reply) {
        if (ring.length > 0) {
            int at = added % ring.length;
            if (added >= ring.length) {
                remove(ring[at]);
            }
            ring[at] = reply ? ~token : token;
            added++;
        }
        if (seen[token]++ == 0) {
            place[token] = distinctCount;
            distinct[distinctCount++] = token;
        }
        if (reply) {
            replied[token]++;
        }
    }

    private void remove(int stored) {
        int token = stored < 0 ? ~stored : stored;
        if (stored < 0) {
            replied[token]--;
        }
        if (--seen[token] == 0) {
            int last = distinct[--distinctCount];
            distinct[place[token]] = last;
            place[last] = place[token];
        }
    }

    void apply(float[] logits) {
        float repetition = options.repetitionPenalty();
        for (int i = 0; i < distinctCount; i++) {
            int token = distinct[i];
            float logit = logits[token];
            logit = logit > 0 ? logit / repetition : logit * repetition;
            if (replied[token] > 0) {
                logit -= options.frequencyPenalty() * replied[token] + options.presencePenalty();
            }
            logits[token] = logit;
        }
    }
}
