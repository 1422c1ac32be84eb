package dev.jerboa.model.token;

import dev.jerboa.model.token.split.IntList;

/** Gives the tokens of one word. Immutable, or with a cache that threads may share. */
sealed interface WordModel permits BytePair, Unigram, WordPiece {
    /** Adds the tokens of the word {@code from}–{@code to} of a text in UTF-8 to {@code out}. */
    void encode(byte[] text, int from, int to, IntList out, Symbols symbols);
}
