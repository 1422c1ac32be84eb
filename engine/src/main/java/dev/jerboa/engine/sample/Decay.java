package dev.jerboa.engine.sample;

/**
 * e<sup>−x</sup> for x ≥ 0 to ten digits, by a table of 2<sup>−j/64</sup> and a cubic: several times faster than
 * {@link Math#exp}, and the same bits everywhere.
 */
public final class Decay {
    private static final int STEPS = 64;
    private static final double LN2 = 0.6931471805599453;
    private static final double[] TABLE = table();

    private Decay() {}

    /** e<sup>−x</sup>; 0 where x is very large or no number. */
    public static double of(double x) {
        double t = x * (STEPS / LN2) + 0.5;
        if (!(t < 1000.0 * STEPS)) {
            return 0;
        }
        int n = (int) t;
        double r = n * (LN2 / STEPS) - x;
        double power = Double.longBitsToDouble((long) (1023 - n / STEPS) << 52);
        return power * TABLE[n % STEPS] * (1 + r * (1 + r * (0.5 + r * (1.0 / 6))));
    }

    private static double[] table() {
        double[] table = new double[STEPS];
        for (int j = 0; j < STEPS; j++) {
            table[j] = StrictMath.pow(2, -(double) j / STEPS);
        }
        return table;
    }
}
