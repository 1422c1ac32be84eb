package dev.jerboa.model.token;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of words seen lately; a new word takes the place of the one in its slot. Entries are immutable, so threads share
 * the table without locks: the worst that a race does is to lose an entry.
 */
final class WordCache {
    /** Longer words are not kept, in bytes. */
    static final int MAX_WORD = 48;

    private static final int SLOTS = 1 << 14;

    /** A word and its tokens; final fields, so that a thread that sees an entry sees all of it. */
    private static final class Entry {
        final byte[] word;
        final int[] tokens;

        Entry(byte[] word, int[] tokens) {
            this.word = word;
            this.tokens = tokens;
        }
    }

    private final @Nullable Entry[] entries = new @Nullable Entry[SLOTS];

    /** The tokens of a word with this hash, or null. */
    int @Nullable [] get(byte[] text, int from, int to, int hash) {
        Entry entry = entries[hash & SLOTS - 1];
        return entry != null && Arrays.equals(entry.word, 0, entry.word.length, text, from, to) ? entry.tokens : null;
    }

    void put(byte[] text, int from, int to, int hash, int[] tokens) {
        entries[hash & SLOTS - 1] = new Entry(Arrays.copyOfRange(text, from, to), tokens);
    }
}
