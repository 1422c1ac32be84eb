package dev.jerboa.model.decoder;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.StepTokens;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The tokens of one pass through a decoder, of one sequence or of several, and the logits it gives back. Reusable; one
 * thread at a time. Tokens of a sequence come in order of position, and all earlier positions are in the cache or in the
 * same step.
 */
public final class Step {
    /** The state of tokens of which nothing else was said: none. */
    public static final int NO_STATE = -1;

    private final int[] ids;
    private final int[] positions;
    private final int[][] pages;
    private final int[] stateRows;
    private final int[] adaptations;
    private final int[] wanted;
    private final int vocabularySize;
    private int count;
    private int wantedCount;
    private int adaptation;
    private int state = NO_STATE;
    private FloatRows logits;
    private FloatRows states;
    /** The state before each token, where it has one. */
    private FloatRows before;

    private int beforeCount;
    private States wantedStates = States.NONE;

    /** Which states a pass gives back. */
    private enum States {
        NONE,
        INSTEAD_OF_LOGITS,
        BESIDE_LOGITS
    }

    Step(int capacity, int vocabularySize, int hiddenSize) {
        this.ids = new int[capacity];
        this.positions = new int[capacity];
        this.pages = new int[capacity][];
        this.stateRows = new int[capacity];
        this.adaptations = new int[capacity];
        this.wanted = new int[capacity];
        this.vocabularySize = vocabularySize;
        this.logits = FloatRows.allocate(Arena.ofAuto(), 1, vocabularySize);
        this.states = FloatRows.allocate(Arena.ofAuto(), 1, hiddenSize);
        this.before = FloatRows.allocate(Arena.ofAuto(), 1, hiddenSize);
    }

    /** Forgets the tokens. */
    public void clear() {
        count = 0;
        wantedCount = 0;
        adaptation = 0;
        state = NO_STATE;
        beforeCount = 0;
        wantedStates = States.NONE;
    }

    /** Wants, of this step's tokens that would have logits, the last hidden states instead, normed as for the head. */
    public void wantStates() {
        wantedStates = States.INSTEAD_OF_LOGITS;
    }

    /** Wants the last hidden states of all tokens, normed as for the head, beside the logits. */
    public void keepStates() {
        wantedStates = States.BESIDE_LOGITS;
    }

    boolean wantsStates() {
        return wantedStates == States.INSTEAD_OF_LOGITS;
    }

    boolean keepsStates() {
        return wantedStates == States.BESIDE_LOGITS;
    }

    /**
     * The states, one column a dimension: rows as those of {@link #logits} after {@link #wantStates}, one a token after {@link
     * #keepStates}. Overwritten by the next pass that wants some.
     */
    public FloatRows states() {
        return states;
    }

    /**
     * Says which of the decoder's adaptations the tokens that are added from now on have: the first one until something else is
     * said; −1 for none. What is cached of a sequence is computed with one adaptation, so its tokens keep theirs.
     */
    public void adaptation(int number) {
        if (number < AdaptedTokens.NONE) {
            throw new IllegalArgumentException("adaptation " + number + ", expected a number from −1");
        }
        adaptation = number;
    }

    /**
     * Says which row of running states the tokens that are added from now on have: their sequence's, where the decoder keeps such
     * states. What it holds before the token at position 0 does not matter.
     */
    public void state(int row) {
        if (row < NO_STATE) {
            throw new IllegalArgumentException("state row " + row + ", expected a number from −1");
        }
        state = row;
    }

    public int count() {
        return count;
    }

    /** The most tokens it takes. */
    public int capacity() {
        return ids.length;
    }

    /**
     * Adds a token.
     *
     * @param pages its sequence's page table, which covers {@code position}; not copied
     * @param wantLogits whether the prediction after it is computed
     */
    public void add(int token, int position, int[] pages, boolean wantLogits) {
        if (count == ids.length) {
            throw new IllegalStateException("a step takes " + ids.length + " tokens");
        }
        if (token < 0 || token >= vocabularySize) {
            throw new IllegalArgumentException("token id " + token + " is outside the vocabulary of " + vocabularySize);
        }
        if (position < 0) {
            throw new IllegalArgumentException("position " + position + " is negative");
        }
        ids[count] = token;
        positions[count] = position;
        this.pages[count] = pages;
        adaptations[count] = adaptation;
        stateRows[count] = state;
        if (wantLogits) {
            wanted[wantedCount++] = count;
        }
        count++;
    }

    /**
     * Adds a token to a step of {@link Decoder#predictFurther}, as {@link #add}.
     *
     * @param states where the state of the token before it is: {@link #states} of a step of this decoder; copied
     * @param row its row
     */
    public void addAfter(FloatRows states, int row, int token, int position, int[] pages, boolean wantLogits) {
        if (before.rows() < ids.length) {
            before = FloatRows.allocate(Arena.ofAuto(), ids.length, before.cols());
        }
        add(token, position, pages, wantLogits);
        long bytes = (long) before.cols() * Float.BYTES;
        MemorySegment.copy(states.data(), states.offset(row), before.data(), before.offset(count - 1), bytes);
        beforeCount++;
    }

    /** The states before the tokens, one row each; every token must have one. */
    FloatRows before() {
        if (beforeCount != count) {
            throw new IllegalArgumentException((count - beforeCount) + " of " + count
                    + " tokens were added without the state before them; add them by addAfter");
        }
        return before;
    }

    /** How many tokens want logits. */
    public int wantedCount() {
        return wantedCount;
    }

    /**
     * Scores of the next token: row i belongs to the i-th token that wanted them, one column an id. Overwritten by the
     * next pass.
     */
    public FloatRows logits() {
        return logits;
    }

    /** Refuses tokens with an adaptation that the decoder does not have; without any, all tokens have none. */
    void requireAdaptations(int known) {
        for (int i = 0; i < count; i++) {
            if (known == 0 && adaptations[i] == 0) {
                adaptations[i] = AdaptedTokens.NONE;
            } else if (adaptations[i] >= known) {
                throw new IllegalArgumentException(
                        "a token with adaptation " + adaptations[i] + " for a decoder with " + known);
            }
        }
    }

    /** Refuses tokens without a running state; for decoders that keep such states. */
    void requireStates() {
        for (int i = 0; i < count; i++) {
            if (stateRows[i] == NO_STATE) {
                throw new IllegalArgumentException(
                        "token " + i + " of the step has no row of running states, which this"
                                + " decoder keeps: say which one before it is added");
            }
        }
    }

    int[] adaptations() {
        return adaptations;
    }

    int[] ids() {
        return ids;
    }

    int id(int i) {
        return ids[i];
    }

    int wanted(int i) {
        return wanted[i];
    }

    /** One past the greatest position. */
    int reach() {
        int reach = 0;
        for (int i = 0; i < count; i++) {
            reach = Math.max(reach, positions[i] + 1);
        }
        return reach;
    }

    StepTokens tokens() {
        return new StepTokens(count, positions, pages, stateRows);
    }

    /** Makes room for the logits and states that are wanted. */
    void reserve() {
        int stateRows = wantsStates() ? wantedCount : keepsStates() ? count : 0;
        if (states.rows() < stateRows) {
            states = FloatRows.allocate(Arena.ofAuto(), ids.length, states.cols());
        }
        if (wantsStates()) {
            return;
        }
        if (logits.rows() < wantedCount) {
            int rows = Math.min(ids.length, Math.max(wantedCount, 2 * logits.rows()));
            logits = FloatRows.allocate(Arena.ofAuto(), rows, vocabularySize);
        }
    }
}
