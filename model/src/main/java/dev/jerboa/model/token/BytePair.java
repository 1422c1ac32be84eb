package dev.jerboa.model.token;

import dev.jerboa.model.token.split.IntList;
import dev.jerboa.model.token.split.Utf8;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Byte-pair encoding: neighbours are merged, the pair of lowest rank first, the leftmost of equals, until no pair has a rank.
 *
 * <p>A pair's rank comes from a table of merges (GPT-2), or from the token that its text is (SentencePiece by score,
 * tiktoken by number). A word of up to {@value #SHORT} symbols is searched for the lowest rank again and again; in a longer
 * one a heap keeps the pairs, so that n symbols take n log n steps.
 *
 * <p>Sennrich, Haddow, Birch: Neural Machine Translation of Rare Words with Subword Units (2016); Kudo, Richardson:
 * SentencePiece (2018).
 */
final class BytePair implements WordModel {
    /** Which words are a token as a whole, whatever the merges would give. */
    enum Whole {
        NONE,
        /** Runs of line feeds; Gemma's merges do not have them. */
        LINE_FEEDS,
        ALL
    }

    private static final int SHORT = 48;
    private static final long NONE = Long.MAX_VALUE;

    private final Vocabulary vocabulary;
    private final @Nullable MergeTable merges;
    private final int[] ranks;
    private final Whole whole;
    private final int unknown;
    private final boolean fuseUnknown;
    private final int[] fallback;
    private final int[] ofByte = new int[256];

    private BytePair(
            Vocabulary vocabulary,
            @Nullable MergeTable merges,
            int[] ranks,
            Whole whole,
            int unknown,
            boolean fuseUnknown,
            boolean byteFallback) {
        this.vocabulary = vocabulary;
        this.merges = merges;
        this.ranks = ranks;
        this.whole = whole;
        this.unknown = unknown;
        this.fuseUnknown = fuseUnknown;
        this.fallback = byteFallback ? vocabulary.byteTokens() : new int[0];
        if (vocabulary.ofBytes()) {
            byte[] single = new byte[1];
            for (int b = 0; b < 256; b++) {
                single[0] = (byte) b;
                ofByte[b] = vocabulary.find(single, 0, 1);
            }
        }
    }

    /**
     * With a table of merges.
     *
     * @param whole which words are a token as a whole
     * @param unknown the token of a character that there is none for, or −1 to leave it out
     * @param fuseUnknown whether neighbouring unknown characters are one unknown token
     * @param byteFallback whether the bytes of an unknown character are given as byte tokens where there are such
     */
    static BytePair byMerges(
            Vocabulary vocabulary,
            MergeTable merges,
            Whole whole,
            int unknown,
            boolean fuseUnknown,
            boolean byteFallback) {
        return new BytePair(vocabulary, merges, new int[0], whole, unknown, fuseUnknown, byteFallback);
    }

    /** By the scores of tokens, the highest first (SentencePiece); unknown characters become byte tokens, or one unknown token. */
    static BytePair byScores(Vocabulary vocabulary, int unknown) {
        int size = vocabulary.size();
        double[] sorted = new double[size];
        for (int id = 0; id < size; id++) {
            sorted[id] = -vocabulary.score(id) + 0.0;
        }
        Arrays.sort(sorted);
        int[] ranks = new int[size];
        for (int id = 0; id < size; id++) {
            ranks[id] = first(sorted, -vocabulary.score(id) + 0.0);
        }
        return new BytePair(vocabulary, null, ranks, Whole.NONE, unknown, true, true);
    }

    private static int first(double[] sorted, double value) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sorted[middle] < value) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** By the numbers of tokens, the lowest first (tiktoken). */
    static BytePair byNumbers(Vocabulary vocabulary) {
        int[] ranks = new int[vocabulary.size()];
        Arrays.setAll(ranks, id -> id);
        return new BytePair(vocabulary, null, ranks, Whole.ALL, -1, false, false);
    }

    /** The table of merges, or null. */
    @Nullable
    MergeTable merges() {
        return merges;
    }

    /** The token of unknown characters, or −1. */
    int unknown() {
        return unknown;
    }

    @Override
    public void encode(byte[] text, int from, int to, IntList out, Symbols symbols) {
        if (whole != Whole.NONE && to - from <= vocabulary.longest() && (whole == Whole.ALL || text[from] == '\n')) {
            int id = vocabulary.find(text, from, to);
            if (id >= 0) {
                out.add(id);
                return;
            }
        }
        int n = vocabulary.ofBytes() ? bytes(text, from, to, symbols) : characters(text, from, to, symbols);
        n = n <= SHORT ? mergeShort(text, n, symbols) : mergeLong(text, n, symbols);
        give(text, n, out, symbols);
    }

    private int bytes(byte[] text, int from, int to, Symbols symbols) {
        int n = to - from;
        symbols.room(n, n > SHORT);
        for (int i = 0; i < n; i++) {
            symbols.token[i] = ofByte[text[from + i] & 0xff];
            symbols.start[i] = from + i;
        }
        symbols.start[n] = to;
        return n;
    }

    private int characters(byte[] text, int from, int to, Symbols symbols) {
        symbols.room(to - from, to - from > SHORT);
        int n = 0;
        for (int at = from; at < to; ) {
            int end = at + Utf8.length(text[at]);
            int id = vocabulary.find(text, at, end);
            if (id < 0 && merges != null && canSpell(text, at, end)) {
                for (int i = at; i < end; i++) {
                    symbols.token[n] = fallback[text[i] & 0xff];
                    symbols.start[n++] = i;
                }
            } else {
                symbols.token[n] = id;
                symbols.start[n++] = at;
            }
            at = end;
        }
        symbols.start[n] = to;
        return n;
    }

    private boolean canSpell(byte[] text, int from, int to) {
        if (fallback.length == 0) {
            return false;
        }
        for (int i = from; i < to; i++) {
            if (fallback[text[i] & 0xff] < 0) {
                return false;
            }
        }
        return true;
    }

    /** The pair of the symbols {@code left} and {@code right}: rank and merged token, or NONE; {@code end} is where right ends. */
    private long pair(byte[] text, Symbols symbols, int left, int right, int end) {
        long found;
        if (merges != null) {
            int a = symbols.token[left];
            int b = symbols.token[right];
            found = a < 0 || b < 0 ? -1 : merges.find(a, b);
        } else {
            int from = symbols.start[left];
            int id = end - from > vocabulary.longest() ? -1 : vocabulary.find(text, from, end);
            found = id < 0 ? -1 : (long) ranks[id] << 32 | id;
        }
        return found < 0 ? NONE : found;
    }

    private int mergeShort(byte[] text, int symbolCount, Symbols symbols) {
        int n = symbolCount;
        long[] pairs = symbols.pair;
        int[] token = symbols.token;
        int[] start = symbols.start;
        for (int i = 0; i + 1 < n; i++) {
            pairs[i] = pair(text, symbols, i, i + 1, start[i + 2]);
        }
        while (n > 1) {
            int at = 0;
            for (int i = 1; i + 1 < n; i++) {
                if (pairs[i] >>> 32 < pairs[at] >>> 32) {
                    at = i;
                }
            }
            if (pairs[at] == NONE) {
                break;
            }
            token[at] = (int) pairs[at];
            n--;
            System.arraycopy(token, at + 2, token, at + 1, n - at - 1);
            System.arraycopy(start, at + 2, start, at + 1, n - at);
            if (at + 2 < n) {
                System.arraycopy(pairs, at + 2, pairs, at + 1, n - at - 2);
            }
            if (at > 0) {
                pairs[at - 1] = pair(text, symbols, at - 1, at, start[at + 1]);
            }
            if (at + 1 < n) {
                pairs[at] = pair(text, symbols, at, at + 1, start[at + 2]);
            }
        }
        return n;
    }

    private int mergeLong(byte[] text, int n, Symbols symbols) {
        int[] next = symbols.next;
        int[] previous = symbols.previous;
        for (int i = 0; i < n; i++) {
            next[i] = i + 1;
            previous[i] = i - 1;
        }
        for (int i = 0; i + 1 < n; i++) {
            offer(text, symbols, i, n);
        }
        while (!symbols.isEmpty()) {
            long item = symbols.pop();
            int left = (int) item;
            int right = next[left];
            if (right < 0 || right == n) {
                continue;
            }
            long found = pair(text, symbols, left, right, symbols.start[next[right]]);
            if (found == NONE || found >>> 32 != item >>> 32) {
                continue;
            }
            symbols.token[left] = (int) found;
            next[left] = next[right];
            next[right] = -1;
            if (next[left] < n) {
                previous[next[left]] = left;
                offer(text, symbols, left, n);
            }
            if (previous[left] >= 0) {
                offer(text, symbols, previous[left], n);
            }
        }
        int kept = 0;
        for (int i = 0; i < n; i = next[i]) {
            symbols.token[kept] = symbols.token[i];
            symbols.start[kept++] = symbols.start[i];
        }
        symbols.start[kept] = symbols.start[n];
        return kept;
    }

    private void offer(byte[] text, Symbols symbols, int left, int n) {
        int right = symbols.next[left];
        long found = right < n ? pair(text, symbols, left, right, symbols.start[symbols.next[right]]) : NONE;
        if (found != NONE) {
            symbols.push((found & 0xffffffff00000000L) | left);
        }
    }

    private void give(byte[] text, int n, IntList out, Symbols symbols) {
        boolean wasUnknown = false;
        for (int i = 0; i < n; i++) {
            int id = symbols.token[i];
            boolean isUnknown = id < 0;
            if (!isUnknown) {
                out.add(id);
            } else if (canSpell(text, symbols.start[i], symbols.start[i + 1])) {
                isUnknown = false;
                for (int p = symbols.start[i]; p < symbols.start[i + 1]; p++) {
                    out.add(fallback[text[p] & 0xff]);
                }
            } else if (unknown >= 0 && !(fuseUnknown && wasUnknown)) {
                out.add(unknown);
            }
            wasUnknown = isUnknown;
        }
    }
}
