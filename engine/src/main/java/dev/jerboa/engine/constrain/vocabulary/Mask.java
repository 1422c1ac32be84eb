package dev.jerboa.engine.constrain.vocabulary;

import java.util.Arrays;

/**
 * Which tokens may come, in little memory: all short plain ones or none, all long plain ones or none, and others one by one or as
 * bits. Immutable.
 *
 * @param bits a bit a token, or empty where {@code tokens} lists them
 */
@SuppressWarnings("ArrayRecordComponent")
record Mask(boolean plainShort, boolean plainLong, int[] tokens, long[] bits) {

    /** Writes a bit for each token, beginning with the lowest of the first long; zeros to the end. */
    void write(Vocabulary vocabulary, long[] out) {
        int words = vocabulary.words();
        if (bits.length > 0) {
            System.arraycopy(bits, 0, out, 0, words);
        } else if (plainShort) {
            System.arraycopy(vocabulary.plainShortMask, 0, out, 0, words);
        } else {
            Arrays.fill(out, 0, words, 0);
        }
        if (bits.length > 0 && plainShort) {
            or(vocabulary.plainShortMask, out);
        }
        if (plainLong) {
            or(vocabulary.plainLongMask, out);
        }
        for (int token : tokens) {
            out[token >>> 6] |= 1L << token;
        }
        Arrays.fill(out, words, out.length, 0);
    }

    private static void or(long[] from, long[] to) {
        for (int i = 0; i < from.length; i++) {
            to[i] |= from[i];
        }
    }

    long memory() {
        return 64 + 4L * tokens.length + 8L * bits.length;
    }
}
