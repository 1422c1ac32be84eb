package dev.jerboa.model.decoder;

import dev.jerboa.kernel.ops.StepTokens;

/**
 * What the tokens of a step attend to, where that is not all they could see: blocks of positions for each token and selection, in
 * ascending order. Layers that choose alike have one, since one layer runs at a time; those that share a choice read what the
 * layer before them has written.
 */
final class Choice {
    private final int selections;
    private final int size;
    private final int top;
    /** Whether blocks are taken when they have ended, and what comes after the last of them beside those. */
    private final boolean pools;
    /** Blocks that a selection has room for. */
    private final int room;

    private final int[] blocks;
    private final int[] counts;

    /**
     * @param selections of a token
     * @param size positions of a block
     * @param top the most blocks of a selection
     */
    Choice(int maxTokens, int selections, int size, int top) {
        this(maxTokens, selections, size, top, false);
    }

    private Choice(int maxTokens, int selections, int size, int top, boolean pools) {
        this.selections = selections;
        this.size = size;
        this.top = top;
        this.pools = pools;
        this.room = pools ? top + 1 : top;
        int all = Math.multiplyExact(maxTokens, selections);
        this.blocks = new int[Math.multiplyExact(all, room)];
        this.counts = new int[all];
    }

    /** At most {@code top} blocks that have ended, and the positions after the last one that has. */
    static Choice ofPools(int maxTokens, int size, int top) {
        return new Choice(maxTokens, 1, size, top, true);
    }

    int selections() {
        return selections;
    }

    /** The most positions of a selection. */
    int mostPositions() {
        return Math.multiplyExact(size, room);
    }

    /** Whether all that a query at {@code position} could see is taken, so that nothing is chosen for it. */
    boolean all(int position) {
        return pools ? (position + 1) / size <= top : position / size < top;
    }

    /** Whether any token of a step sees more than it may attend to. */
    boolean chooses(StepTokens tokens) {
        for (int t = 0; t < tokens.count(); t++) {
            if (!all(tokens.positions()[t])) {
                return true;
            }
        }
        return false;
    }

    /** Takes the best blocks by the scores of positions 0 to {@code position}, which it overwrites. */
    void take(int token, int selection, float[] scores, int position, int local, TopK best) {
        int count = position / size + 1;
        if (size > 1) {
            for (int b = 0; b < count; b++) {
                float most = Float.NEGATIVE_INFINITY;
                for (int p = b * size, end = Math.min(p + size, position + 1); p < end; p++) {
                    most = Math.max(most, scores[p]);
                }
                scores[b] = most; // block b starts at b or later
            }
        }
        for (int b = count - local; b < count; b++) {
            scores[b] = Float.POSITIVE_INFINITY;
        }
        int at = token * selections + selection;
        counts[at] = best.select(scores, count, top, blocks, at * room);
    }

    /** Takes the best blocks of those that have ended by {@code position}, by their scores, and the positions after them. */
    void takePools(int token, float[] scores, int position, TopK best) {
        int ended = (position + 1) / size;
        int at = token * room;
        int count = best.select(scores, ended, top, blocks, at);
        if ((position + 1) % size != 0) {
            blocks[at + count++] = ended;
        }
        counts[token] = count;
    }

    /** Writes the positions that the token at {@code position} attends to, ascending, and returns how many. */
    int positions(int token, int selection, int position, int[] into) {
        int at = token * selections + selection;
        int count = 0;
        for (int b = at * room; b < at * room + counts[at]; b++) {
            for (int p = blocks[b] * size, end = Math.min(p + size, position + 1); p < end; p++) {
                into[count++] = p;
            }
        }
        return count;
    }
}
