package dev.jerboa.model.token;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.token.split.IntList;
import dev.jerboa.model.token.split.Utf8;
import java.util.Arrays;

/**
 * The unigram language model: of all ways to write a word with tokens, the one whose scores (log probabilities) have the
 * highest sum, found by Viterbi's algorithm. A character that is no token costs 10 more than the worst token; it becomes byte
 * tokens where the vocabulary has them, else neighbouring ones together become one unknown token.
 *
 * <p>Kudo: Subword Regularization (2018), and its implementation in SentencePiece.
 */
final class Unigram implements WordModel {
    private static final double UNKNOWN_PENALTY = 10;

    private final Vocabulary vocabulary;
    private final ByteTrie trie;
    private final int unknown;
    private final double unknownScore;
    private final int[] fallback;

    /** @param unknown the token of unknown characters, or −1 to leave them out */
    Unigram(Vocabulary vocabulary, int unknown, boolean byteFallback, String source) {
        this.vocabulary = vocabulary;
        this.unknown = unknown;
        this.trie = new ByteTrie(source);
        this.fallback = byteFallback ? vocabulary.byteTokens() : new int[0];
        double least = Double.POSITIVE_INFINITY;
        for (int id = 0; id < vocabulary.size(); id++) {
            boolean normal = vocabulary.type(id) == Vocabulary.NORMAL;
            if ((normal || vocabulary.type(id) == Vocabulary.USER_DEFINED) && vocabulary.length(id) > 0) {
                trie.put(vocabulary.text(), vocabulary.start(id), vocabulary.length(id), id);
            }
            if (normal) {
                least = Math.min(least, vocabulary.score(id));
            }
        }
        if (Double.isInfinite(least)) {
            throw new ModelException(
                    source + ": a unigram vocabulary without an ordinary token or with an infinite score");
        }
        unknownScore = least - UNKNOWN_PENALTY;
    }

    @Override
    public void encode(byte[] text, int from, int to, IntList out, Symbols symbols) {
        int n = to - from;
        symbols.room(n + 1, false);
        symbols.roomForScores(n + 1);
        int[] token = symbols.token;
        int[] back = symbols.start;
        double[] best = symbols.score;
        Arrays.fill(best, 0, n + 1, Double.NEGATIVE_INFINITY);
        best[0] = 0;
        for (int at = 0; at < n; ) {
            int width = Utf8.length(text[from + at]);
            boolean single = false;
            int node = 0;
            for (int end = at; end < n; ) {
                node = trie.child(node, text[from + end++]);
                if (node == 0) {
                    break;
                }
                int id = trie.value(node);
                if (id >= 0) {
                    single |= end - at == width;
                    double score =
                            best[at] + (vocabulary.type(id) == Vocabulary.USER_DEFINED ? 0 : vocabulary.score(id));
                    if (score > best[end]) {
                        best[end] = score;
                        token[end] = id;
                        back[end] = at;
                    }
                }
            }
            if (!single && best[at] + unknownScore > best[at + width]) {
                best[at + width] = best[at] + unknownScore;
                token[at + width] = -1;
                back[at + width] = at;
            }
            at += width;
        }
        give(text, from, n, out, symbols);
    }

    private void give(byte[] text, int from, int n, IntList out, Symbols symbols) {
        int[] back = symbols.start;
        int following = n;
        for (int at = n, previous; at > 0; at = previous) {
            previous = back[at];
            back[at] = following;
            following = at;
        }
        boolean wasUnknown = false;
        int start = 0;
        for (int end = following; start < n; end = back[end]) {
            int id = symbols.token[end];
            boolean isUnknown = id < 0;
            if (!isUnknown) {
                out.add(id);
            } else if (canSpell(text, from + start, from + end)) {
                isUnknown = false;
                for (int p = from + start; p < from + end; p++) {
                    out.add(fallback[text[p] & 0xff]);
                }
            } else if (!wasUnknown && unknown >= 0) {
                out.add(unknown);
            }
            wasUnknown = isUnknown;
            start = end;
        }
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
}
