package dev.jerboa.train.data;

import java.util.Arrays;

/**
 * The tokens of one training step: sequences side by side, without padding. Token i is followed by {@link #target} i, whose
 * loss counts {@link #weight} i times. Tokens see those before them in their own sequence only; positions begin at 0 in each.
 *
 * <p>Filled by one thread ({@link #clear}, then {@link #add} and {@link #endSequence} in turn), then read by any number.
 */
public final class Batch {
    /** What {@link #target} says of a token that nothing follows. */
    public static final int NONE = -1;

    private final int[] ids;
    private final int[] targets;
    private final int[] positions;
    private final float[] weights;
    private int[] starts = new int[16];
    private int sequences;
    private int tokens;

    /** A batch with room for so many tokens. */
    public Batch(int maxTokens) {
        if (maxTokens < 1) {
            throw new IllegalArgumentException("a batch of " + maxTokens + " tokens; at least 1 is needed");
        }
        this.ids = new int[maxTokens];
        this.targets = new int[maxTokens];
        this.positions = new int[maxTokens];
        this.weights = new float[maxTokens];
    }

    /** Makes it empty. */
    public void clear() {
        sequences = 0;
        tokens = 0;
        starts[0] = 0;
    }

    /** Tokens that still fit. */
    public int room() {
        return ids.length - tokens;
    }

    /**
     * Adds a token to the sequence at hand.
     *
     * @param target the token that follows, or {@link #NONE}, which counts nothing
     * @param weight how often the target's loss counts; 0 for text that is only read, such as a question
     */
    public void add(int id, int target, float weight) {
        if (tokens == ids.length) {
            throw new IllegalStateException("the batch is full: " + tokens + " tokens");
        }
        if (id < 0 || target < NONE) {
            throw new IllegalArgumentException("token " + id + " followed by " + target);
        }
        ids[tokens] = id;
        targets[tokens] = target;
        positions[tokens] = tokens - starts[sequences];
        weights[tokens] = target == NONE ? 0 : weight;
        tokens++;
    }

    /** Ends the sequence at hand, which must have tokens. */
    public void endSequence() {
        if (tokens == starts[sequences]) {
            throw new IllegalStateException("a sequence without tokens");
        }
        sequences++;
        if (sequences == starts.length) {
            starts = Arrays.copyOf(starts, 2 * sequences);
        }
        starts[sequences] = tokens;
    }

    /**
     * Adds a whole sequence: each token but the last predicts the next one.
     *
     * @param weights how often the loss of each token counts as a target; the first one's does not matter
     */
    public void addSequence(int[] tokens, float[] weights) {
        for (int i = 0; i < tokens.length; i++) {
            boolean last = i == tokens.length - 1;
            add(tokens[i], last ? NONE : tokens[i + 1], last ? 0 : weights[i + 1]);
        }
        endSequence();
    }

    /** Tokens of all ended sequences. */
    public int tokens() {
        return starts[sequences];
    }

    public int sequences() {
        return sequences;
    }

    /** The first token of a sequence; of {@link #sequences}, the end of the last. */
    public int start(int sequence) {
        return starts[sequence];
    }

    public int id(int token) {
        return ids[token];
    }

    /** The token that follows, or {@link #NONE}. */
    public int target(int token) {
        return targets[token];
    }

    /** The token's place in its sequence. */
    public int position(int token) {
        return positions[token];
    }

    public float weight(int token) {
        return weights[token];
    }

    /** The sum of all weights, in order of tokens. */
    public double totalWeight() {
        double sum = 0;
        for (int i = 0; i < tokens(); i++) {
            sum += weights[i];
        }
        return sum;
    }

    /** The sum of the weights of tokens that follow a target: what is predicted two tokens ahead. */
    public double totalWeightAhead() {
        double sum = 0;
        for (int i = 1; i < tokens(); i++) {
            sum += positions[i] > 0 ? weights[i] : 0;
        }
        return sum;
    }
}
