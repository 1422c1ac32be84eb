package dev.jerboa.model.token;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.token.split.IntList;
import dev.jerboa.model.token.split.Utf8;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Tokens that are found in the text before anything else cuts it: special ones ({@code <|im_end|>}) and others that were
 * added to a vocabulary. Of several at one place the longest counts. Immutable.
 */
final class AddedTokens {
    /** Bytes of a token that can be found so. */
    private static final int MAX_LENGTH = 1 << 10;

    /**
     * An added token.
     *
     * @param special whether it is a control token, found only where the caller allows
     * @param left whether it takes the white space before it
     * @param right whether it takes the white space after it
     * @param word whether it counts only where no letter or digit is next to it
     * @param normalized whether it is looked for in the normalized text
     */
    record Added(
            int id, String content, boolean special, boolean left, boolean right, boolean word, boolean normalized) {
        /** A token without peculiarities. */
        static Added plain(int id, String content, boolean special) {
            return new Added(id, content, special, false, false, false, false);
        }
    }

    private final List<Added> tokens;
    private final ByteTrie all;
    private final ByteTrie ordinary;
    private final boolean[] starts = new boolean[256];
    private final boolean hasOrdinary;

    AddedTokens(List<Added> tokens, String source) {
        this.tokens = List.copyOf(tokens);
        this.all = new ByteTrie(source);
        this.ordinary = new ByteTrie(source);
        boolean someOrdinary = false;
        for (int i = 0; i < this.tokens.size(); i++) {
            Added token = this.tokens.get(i);
            byte[] text = token.content.getBytes(StandardCharsets.UTF_8);
            if (text.length == 0 || text.length > MAX_LENGTH) {
                throw new ModelException(source + ": the added token " + token.id + " has " + text.length
                        + " bytes, expected 1 to " + MAX_LENGTH);
            }
            starts[text[0] & 0xff] = true;
            all.put(text, 0, text.length, i);
            if (!token.special) {
                ordinary.put(text, 0, text.length, i);
                someOrdinary = true;
            }
        }
        hasOrdinary = someOrdinary;
    }

    /** Whether {@link #matches} can find anything. */
    boolean any(boolean special) {
        return special ? !tokens.isEmpty() : hasOrdinary;
    }

    /** Adds start, end and id of every token in the text from {@code from} to {@code to}, from left to right. */
    void matches(byte[] text, int from, int to, boolean special, IntList out) {
        ByteTrie trie = special ? all : ordinary;
        int free = from;
        for (int at = from; at < to; ) {
            int found = -1;
            int end = at;
            if (starts[text[at] & 0xff]) {
                int node = 0;
                for (int p = at; p < to; ) {
                    node = trie.child(node, text[p++]);
                    if (node == 0) {
                        break;
                    }
                    if (trie.value(node) >= 0) {
                        found = trie.value(node);
                        end = p;
                    }
                }
            }
            if (found < 0) {
                at++;
                continue;
            }
            Added token = tokens.get(found);
            if (!token.word || stands(text, at, end, from, to)) {
                int start = token.left ? spaceBefore(text, free, at) : at;
                free = token.right ? spaceAfter(text, end, to) : end;
                out.add(start);
                out.add(free);
                out.add(token.id);
            }
            at = Math.max(end, free);
        }
    }

    private static boolean stands(byte[] text, int start, int end, int from, int to) {
        return (start == from || !isWord(Utf8.codePoint(text, Utf8.before(text, start))))
                && (end == to || !isWord(Utf8.codePoint(text, end)));
    }

    private static boolean isWord(int c) {
        return Character.isLetterOrDigit(c) || c == '_';
    }

    private static int spaceBefore(byte[] text, int from, int end) {
        int at = end;
        while (at > from) {
            int before = Utf8.before(text, at);
            if (!Utf8.isSpace(Utf8.codePoint(text, before))) {
                break;
            }
            at = before;
        }
        return at;
    }

    private static int spaceAfter(byte[] text, int start, int to) {
        int at = start;
        while (at < to && Utf8.isSpace(Utf8.codePoint(text, at))) {
            at += Utf8.length(text[at]);
        }
        return at;
    }
}
