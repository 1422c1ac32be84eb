package dev.jerboa.model.decoder;

/**
 * Sinkhorn's iteration on a square matrix of positive numbers: columns and rows are divided by their sums in turn, which
 * makes it nearly doubly stochastic. Columns come first and last.
 */
final class Sinkhorn {
    private Sinkhorn() {}

    /**
     * Normalises {@code c}, n × n row-major, in place: columns, then {@code iterations} − 1 times rows and columns; {@code eps} is
     * added to every sum.
     */
    static void normalise(float[] c, int n, int iterations, float eps) {
        if (n == 4) {
            four(c, iterations, eps);
        } else {
            any(c, n, iterations, eps);
        }
    }

    static void any(float[] c, int n, int iterations, float eps) {
        lines(c, n, 1, n, eps);
        for (int i = 1; i < iterations; i++) {
            lines(c, n, n, 1, eps);
            lines(c, n, 1, n, eps);
        }
    }

    /** Divides each line by its sum: line l begins at l · {@code line}, its values are {@code step} apart. */
    private static void lines(float[] c, int n, int line, int step, float eps) {
        for (int l = 0; l < n; l++) {
            float sum = c[l * line];
            for (int i = 1; i < n; i++) {
                sum += c[l * line + i * step];
            }
            float by = 1 / (sum + eps);
            for (int i = 0; i < n; i++) {
                c[l * line + i * step] *= by;
            }
        }
    }

    /** {@link #any} for n = 4, the size that published models have, with the same bits: all sixteen numbers stay in registers. */
    private static void four(float[] c, int iterations, float eps) {
        float a0 = c[0], a1 = c[1], a2 = c[2], a3 = c[3];
        float b0 = c[4], b1 = c[5], b2 = c[6], b3 = c[7];
        float c0 = c[8], c1 = c[9], c2 = c[10], c3 = c[11];
        float d0 = c[12], d1 = c[13], d2 = c[14], d3 = c[15];
        for (int i = 0; i < iterations; i++) {
            if (i > 0) {
                float a = 1 / (a0 + a1 + a2 + a3 + eps);
                a0 *= a;
                a1 *= a;
                a2 *= a;
                a3 *= a;
                float b = 1 / (b0 + b1 + b2 + b3 + eps);
                b0 *= b;
                b1 *= b;
                b2 *= b;
                b3 *= b;
                float e = 1 / (c0 + c1 + c2 + c3 + eps);
                c0 *= e;
                c1 *= e;
                c2 *= e;
                c3 *= e;
                float d = 1 / (d0 + d1 + d2 + d3 + eps);
                d0 *= d;
                d1 *= d;
                d2 *= d;
                d3 *= d;
            }
            float p = 1 / (a0 + b0 + c0 + d0 + eps);
            a0 *= p;
            b0 *= p;
            c0 *= p;
            d0 *= p;
            float q = 1 / (a1 + b1 + c1 + d1 + eps);
            a1 *= q;
            b1 *= q;
            c1 *= q;
            d1 *= q;
            float r = 1 / (a2 + b2 + c2 + d2 + eps);
            a2 *= r;
            b2 *= r;
            c2 *= r;
            d2 *= r;
            float s = 1 / (a3 + b3 + c3 + d3 + eps);
            a3 *= s;
            b3 *= s;
            c3 *= s;
            d3 *= s;
        }
        c[0] = a0;
        c[1] = a1;
        c[2] = a2;
        c[3] = a3;
        c[4] = b0;
        c[5] = b1;
        c[6] = b2;
        c[7] = b3;
        c[8] = c0;
        c[9] = c1;
        c[10] = c2;
        c[11] = c3;
        c[12] = d0;
        c[13] = d1;
        c[14] = d2;
        c[15] = d3;
    }
}
