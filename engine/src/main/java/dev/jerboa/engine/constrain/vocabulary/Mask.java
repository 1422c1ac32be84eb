package dev.jerboa.engine.constrain.vocabulary;

import java.util.Arrays;

/**
 * Which tokens may come, in little memory: what several states have in common as bits that they share, and others one by one or as bits.
 * Immutable.
 *
 * @param shared a bit a token, of none to a few
 * @param tokens other tokens
 * @param bits other tokens, a bit a token, or empty where {@code tokens} lists them
 */
@SuppressWarnings("ArrayRecordComponent")
record Mask(long[][] shared, int[] tokens, long[] bits) {

    /** Writes a bit for each token, beginning with the lowest of the first long; zeros to the end. */
    void write(long[] out) {
        int written = 0;
        if (shared.length > 0) {
            written = shared[0].length;
            System.arraycopy(shared[0], 0, out, 0, written);
        } else if (bits.length > 0) {
            written = bits.length;
            System.arraycopy(bits, 0, out, 0, written);
        }
        Arrays.fill(out, written, out.length, 0);
        for (int s = 1; s < shared.length; s++) {
            or(shared[s], out);
        }
        if (shared.length > 0) {
            or(bits, out);
        }
        for (int token : tokens) {
            out[token >>> 6] |= 1L << token;
        }
    }

    private static void or(long[] bits, long[] out) {
        for (int i = 0; i < bits.length; i++) {
            out[i] |= bits[i];
        }
    }

    long memory() {
        return 80 + 4L * tokens.length + 8L * bits.length;
    }
}
