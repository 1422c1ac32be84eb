package dev.jerboa.engine.sample;

/**
 * Uniform random numbers by position: draw n of a seed is SplitMix64's output n (Steele, Lea, Flood 2014, "Fast splittable
 * pseudorandom number generators"), so it depends on nothing but the seed and n, on every machine.
 */
final class Draws {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private Draws() {}

    /** Draw {@code n} (from 0) of {@code seed}: uniform in [0, 1), in steps of 2⁻⁵³. */
    static double uniform(long seed, long n) {
        long z = seed + (n + 1) * GOLDEN;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        z ^= z >>> 31;
        return (z >>> 11) * 0x1p-53;
    }
}
