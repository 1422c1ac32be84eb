package dev.jerboa.model.decoder;

import java.util.Arrays;

/**
 * The indices of the greatest of some values, in ascending order; of equal values the first are taken. Finds the last value that
 * is taken byte by byte, from counts of those that begin alike, so that time is linear in the values. One instance a worker.
 */
public final class TopK {
    private static final int BYTES = 256;

    private final int[] counts = new int[BYTES];

    /**
     * Writes the indices of the {@code k} greatest of the first {@code count} values, or of all if these are fewer, to {@code out}
     * from {@code at} on. Returns how many.
     */
    public int select(float[] values, int count, int k, int[] out, int at) {
        if (count <= k) {
            for (int i = 0; i < count; i++) {
                out[at + i] = i;
            }
            return count;
        }
        int least = 0; // in the order of ordered()
        int equal = k; // how many of those equal to it are taken
        for (int shift = Integer.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
            Arrays.fill(counts, 0);
            int known = shift == Integer.SIZE - Byte.SIZE ? 0 : -1 << shift + Byte.SIZE;
            for (int i = 0; i < count; i++) {
                int value = ordered(values[i]);
                if ((value & known) == least) {
                    counts[value >>> shift & BYTES - 1]++;
                }
            }
            int digit = BYTES - 1;
            while (counts[digit] < equal) {
                equal -= counts[digit--];
            }
            least |= digit << shift;
        }
        int taken = 0;
        for (int i = 0; i < count; i++) {
            int order = Integer.compareUnsigned(ordered(values[i]), least);
            if (order > 0 || order == 0 && equal > 0) {
                equal -= order == 0 ? 1 : 0;
                out[at + taken++] = i;
            }
        }
        return taken;
    }

    /** A value as bits whose unsigned order is that of values; both zeros are one. */
    private static int ordered(float value) {
        int bits = Float.floatToRawIntBits(value + 0f);
        return bits ^ (bits >> Integer.SIZE - 1 | Integer.MIN_VALUE);
    }
}
