package dev.jerboa.engine.constrain.vocabulary;

import java.util.Arrays;

/**
 * Which tokens may come, in little memory: plain ones of up to so many characters, and others one by one or as bits. Immutable.
 *
 * @param plain the place of a mask of the vocabulary's plain tokens, of which the first is empty
 * @param tokens other tokens
 * @param bits other tokens, a bit a token, or empty where {@code tokens} lists them
 */
@SuppressWarnings("ArrayRecordComponent")
record Mask(int plain, int[] tokens, long[] bits) {

    /** Writes a bit for each token, beginning with the lowest of the first long; zeros to the end. */
    void write(Vocabulary vocabulary, long[] out) {
        long[] base = vocabulary.plainMasks[plain];
        System.arraycopy(base, 0, out, 0, base.length);
        for (int i = 0; i < bits.length; i++) {
            out[i] |= bits[i];
        }
        for (int token : tokens) {
            out[token >>> 6] |= 1L << token;
        }
        Arrays.fill(out, base.length, out.length, 0);
    }

    long memory() {
        return 64 + 4L * tokens.length + 8L * bits.length;
    }
}
