package dev.jerboa.engine.constrain.vocabulary;

/**
 * Bytes or characters that may come at a part whichever they are: each of the set leads to one and the same state, and so on for a number
 * of them. Tokens of these need no walk. Immutable.
 *
 * @param plain whether it is of plain characters, otherwise of the bytes of {@code set}
 * @param set the ASCII bytes of it
 * @param length so many may come
 * @param endless whether any number may
 * @param complete of plain characters: whether longer tokens of them cannot come, or all can where endless
 * @param rounds of a loop that are complete after so many
 * @param leaves whether the loop, or the rule, may end after so many
 * @param others traits of all else that may come on the way, or after it where it can be left
 */
@SuppressWarnings("ArrayRecordComponent")
record Run(
        boolean plain,
        ByteSet set,
        int length,
        boolean endless,
        boolean complete,
        int[] rounds,
        boolean[] leaves,
        long others) {
    static final long ANYTHING = -1;
    static final Run NONE = new Run(false, new ByteSet(0, 0), 0, false, false, new int[1], new boolean[1], ANYTHING);

    /** The most of them that a loop with so many more rounds, of which it needs so many, has room for. */
    int within(int least, int more) {
        int fits = length;
        while (fits > 0
                && rounds[fits] > more
                && !(leaves[fits] && rounds[fits] == more + 1 && rounds[fits] >= least)) {
            fits--;
        }
        return fits;
    }

    /** The longest token that is all of the run. */
    int longest() {
        if (plain) {
            return endless ? Integer.MAX_VALUE : length;
        }
        return endless ? Vocabulary.SHORT : length;
    }

    /** The tokens of at most so many of them, a bit each. Not to be written to. */
    long[] tokens(int most, Vocabulary vocabulary) {
        if (plain) {
            return vocabulary.plainMasks[endless ? Vocabulary.SHORT + 1 : most];
        }
        return vocabulary.ofClass(set).upTo(endless ? Vocabulary.SHORT : most);
    }
}
