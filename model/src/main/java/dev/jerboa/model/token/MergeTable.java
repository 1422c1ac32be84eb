package dev.jerboa.model.token;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.token.split.ByteAlphabet;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * The merges of byte-pair encoding: pair of tokens → rank and merged token. A pair and its rank are one long (20, 20 and 24
 * bits) in an open-addressing table.
 */
final class MergeTable {
    /** Ranks are below this. */
    static final int MAX_MERGES = (1 << 24) - 2;

    private static final long MIX = RandomGenerator.getDefault().nextLong() | 1;
    private static final long RANK = (1 << 24) - 1;

    private final long[] slots;
    private final int[] merged;

    private MergeTable(int merges) {
        slots = new long[Integer.highestOneBit(Math.max(16, merges + (merges >> 1))) << 1];
        merged = new int[merges];
    }

    /** {@code rank << 32 | merged token} of a pair of tokens, or −1. A lower rank is merged first. */
    long find(int left, int right) {
        long pair = (long) left << 20 | right;
        int slot = slot(pair);
        long entry = slots[slot];
        while (entry != 0) {
            if (entry >>> 24 == pair) {
                int rank = (int) (entry & RANK) - 1;
                return (long) rank << 32 | merged[rank];
            }
            slot = slot + 1 & slots.length - 1;
            entry = slots[slot];
        }
        return -1;
    }

    /** The pairs by rank, {@code left << 20 | right}; −1 for ranks without one. */
    long[] pairs() {
        long[] pairs = new long[merged.length];
        Arrays.fill(pairs, -1);
        for (long entry : slots) {
            if (entry != 0) {
                pairs[(int) (entry & RANK) - 1] = entry >>> 24;
            }
        }
        return pairs;
    }

    /** The token that the merge of a rank makes. */
    int merged(int rank) {
        return merged[rank];
    }

    private int slot(long pair) {
        long h = pair * MIX;
        return (int) (h >>> 32 ^ h >>> 17) & slots.length - 1;
    }

    private void put(int left, int right, int rank, int token) {
        long pair = (long) left << 20 | right;
        int slot = slot(pair);
        while (slots[slot] != 0) {
            if (slots[slot] >>> 24 == pair) {
                return;
            }
            slot = slot + 1 & slots.length - 1;
        }
        slots[slot] = pair << 24 | rank + 1;
        merged[rank] = token;
    }

    /** Fills a table with merges in the order of their ranks. */
    static final class Builder {
        private final String source;
        private final Vocabulary vocabulary;
        private final MergeTable table;
        private byte[] scratch = new byte[256];
        private final boolean strict;
        private int rank;
        private int last = -1;
        private int skipped;

        /** @param strict whether a merge of tokens that the vocabulary lacks is an error; otherwise it is left out */
        Builder(String source, Vocabulary vocabulary, int merges, boolean strict) {
            if (merges > MAX_MERGES) {
                throw new ModelException(source + ": " + merges + " merges, expected at most " + MAX_MERGES);
            }
            this.source = source;
            this.vocabulary = vocabulary;
            this.strict = strict;
            this.table = new MergeTable(merges);
        }

        /** The merge {@code "left right"}: the first space after the first character parts the two. */
        void add(String merge) {
            int space = merge.indexOf(' ', 1);
            if (space < 0 || space == merge.length() - 1) {
                throw bad(merge, "expected two tokens parted by a space");
            }
            add(merge, 0, space, space + 1);
        }

        /** The merge of two tokens. */
        void add(String left, String right) {
            if (left.isEmpty() || right.isEmpty()) {
                throw bad(left + " " + right, "expected two tokens");
            }
            add(left + right, 0, left.length(), left.length());
        }

        private void add(String merge, int from, int leftEnd, int rightStart) {
            int leftBytes = encode(merge, from, leftEnd, 0);
            int allBytes = encode(merge, rightStart, merge.length(), leftBytes);
            int left = vocabulary.find(scratch, 0, leftBytes);
            int right = vocabulary.find(scratch, leftBytes, allBytes);
            int whole = whole(allBytes);
            if (left >= 0 && right >= 0 && whole >= 0) {
                table.put(left, right, rank++, whole);
            } else if (strict) {
                throw bad(
                        merge,
                        "expected the two tokens and the merged one in the vocabulary, which lacks "
                                + (left < 0 ? "the first" : right < 0 ? "the second" : "the merged one"));
            } else {
                rank++;
                skipped++;
            }
        }

        /** The merged token: files mostly list merges in the order of the tokens that they make. */
        private int whole(int bytes) {
            if (vocabulary.is(last + 1, scratch, 0, bytes)) {
                last++;
            } else if (!vocabulary.is(last, scratch, 0, bytes)) {
                int found = vocabulary.find(scratch, 0, bytes);
                last = found >= 0 ? found : last;
                return found;
            }
            return last;
        }

        private int encode(String merge, int from, int to, int at) {
            int need = at + 3 * (to - from);
            if (need > scratch.length) {
                scratch = Arrays.copyOf(scratch, need * 2);
            }
            if (vocabulary.ofBytes()) {
                int end = at;
                for (int i = from; i < to; i++) {
                    int b = ByteAlphabet.byteOf(merge.charAt(i));
                    if (b < 0) {
                        return text(merge, from, to, at);
                    }
                    scratch[end++] = (byte) b;
                }
                return end;
            }
            return text(merge, from, to, at);
        }

        private int text(String merge, int from, int to, int at) {
            byte[] utf8 = merge.substring(from, to).getBytes(StandardCharsets.UTF_8);
            System.arraycopy(utf8, 0, scratch, at, utf8.length);
            return at + utf8.length;
        }

        private ModelException bad(String merge, String why) {
            return new ModelException(source + ": merge " + rank + " is \"" + merge + "\", " + why);
        }

        /** How many merges were left out. */
        int skipped() {
            return skipped;
        }

        MergeTable build() {
            return table;
        }
    }
}
