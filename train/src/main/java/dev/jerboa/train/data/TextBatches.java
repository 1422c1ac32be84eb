package dev.jerboa.train.data;

import dev.jerboa.train.random.Draws;

/** Windows of one long text, each beginning anywhere: window j of step s begins where the draw (seed, s, j) says. */
public final class TextBatches implements BatchSource {
    private final int[] tokens;
    private final int window;
    private final long seed;

    /**
     * @param tokens the text's tokens; not copied
     * @param window tokens a sequence, all of which predict the next
     */
    public TextBatches(int[] tokens, int window, long seed) {
        if (window < 1 || tokens.length <= window) {
            throw new IllegalArgumentException("windows of " + window + " tokens of a text of " + tokens.length
                    + "; a window has at least 1 and the text at least one more than a window");
        }
        this.tokens = tokens;
        this.window = window;
        this.seed = seed;
    }

    @Override
    public void fill(long step, Batch batch) {
        batch.clear();
        if (batch.room() < window) {
            throw new IllegalArgumentException(
                    "a window of " + window + " tokens does not fit a batch of " + batch.room());
        }
        for (long j = 0; batch.room() >= window; j++) {
            int start = Draws.of(seed, step, j).below(tokens.length - window);
            for (int i = start; i < start + window; i++) {
                batch.add(tokens[i], tokens[i + 1], 1);
            }
            batch.endSequence();
        }
    }
}
