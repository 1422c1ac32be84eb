package dev.jerboa.train.random;

import java.util.List;

/**
 * Random numbers read off a counter: draw n of a key is SplitMix64's output n (Steele, Lea, Flood 2014, "Fast splittable
 * pseudorandom number generators"), and the key is mixed from seed, stream and index. What is drawn depends on these three
 * and on how many draws came before, on every machine; nothing is carried from one key to the next. For one thread.
 */
public final class Draws {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final long key;
    private long drawn;

    private Draws(long key) {
        this.key = key;
    }

    /** The draws of a key, from the first. */
    public static Draws of(long seed, long stream, long index) {
        return new Draws(mix(mix(mix(seed + GOLDEN) + GOLDEN * stream) + GOLDEN * index));
    }

    /** Other draws of the same key: those numbered {@code branch}, from the first. Does not advance these. */
    public Draws branch(long branch) {
        return new Draws(mix(key ^ mix(GOLDEN * (branch + 1))));
    }

    /** The next 64 bits. */
    public long bits() {
        return mix(key + ++drawn * GOLDEN);
    }

    /** Uniform in 0 to {@code bound} − 1, but for a bias below {@code bound}/2⁶⁴. */
    public int below(int bound) {
        if (bound < 1) {
            throw new IllegalArgumentException("a draw below " + bound + "; the bound is at least 1");
        }
        return (int) Math.unsignedMultiplyHigh(bits(), bound);
    }

    /** Uniform in {@code low} to {@code high}, both included. */
    public int between(int low, int high) {
        return low + below(high - low + 1);
    }

    /** Uniform in [0, 1), in steps of 2⁻⁵³. */
    public double uniform() {
        return (bits() >>> 11) * 0x1p-53;
    }

    /** True in {@code share} of the cases. */
    public boolean chance(double share) {
        return uniform() < share;
    }

    /** One of them. */
    public <T> T pick(List<T> list) {
        return list.get(below(list.size()));
    }

    /** Brings the elements into a random order (Fisher, Yates). */
    public void shuffle(int[] array) {
        for (int i = array.length - 1; i > 0; i--) {
            int j = below(i + 1);
            int kept = array[i];
            array[i] = array[j];
            array[j] = kept;
        }
    }

    /** SplitMix64's finaliser: every bit of the input moves every bit of the output. */
    public static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
