package dev.jerboa.model.decoder;

import java.util.Arrays;

/**
 * From what a site's fn makes of a token's streams to the coefficients of {@link ResidualSpec.Hyper}. One instance a worker:
 * it keeps working arrays.
 */
final class StreamCoefficients {
    private final ResidualSpec.Hyper spec;
    private final int n;
    private final float[] mapped;

    /** Row-major [source][destination]. */
    private final float[] comb;

    /** LITE: for each permutation, where it moves each source. */
    private final int[] permutations;

    private final float[] weights;

    StreamCoefficients(ResidualSpec.Hyper spec) {
        this.spec = spec;
        this.n = spec.streams();
        this.mapped = new float[Math.max(n * (n + 2), spec.functionRows())];
        this.comb = new float[n * n];
        this.permutations = spec.kind() == ResidualSpec.Kind.LITE ? permutations(n) : new int[0];
        this.weights = new float[permutations.length / n];
    }

    /** Room for what fn makes of a token: its rows, for each stream where fn maps them one by one. */
    float[] mapped() {
        return mapped;
    }

    /**
     * The coefficients of a token at a site.
     *
     * @param m what fn makes of it
     * @param pre gets n values from {@code preAt} on
     * @param mix gets, for each destination k, comb[0][k] … comb[n − 1][k] and post[k], from {@code mixAt} on
     */
    void site(float[] m, HyperResidual.Site site, float[] pre, int preAt, float[] mix, int mixAt) {
        switch (spec.kind()) {
            case CONNECTIONS -> connections(m, site, pre, preAt, mix, mixAt);
            case MANIFOLD -> {
                ends(m, site, pre, preAt, mix, mixAt);
                float[] base = site.base();
                float scale = site.scale()[2];
                for (int i = 0; i < n * n; i++) {
                    comb[i] = scale * m[2 * n + i] + base[2 * n + i];
                }
                for (int j = 0; j < n; j++) {
                    softmax(comb, j * n, n, spec.eps());
                }
                Sinkhorn.normalise(comb, n, spec.sinkhornIterations(), spec.eps());
                put(mix, mixAt);
            }
            case LITE -> {
                ends(m, site, pre, preAt, mix, mixAt);
                permute(m, site);
                put(mix, mixAt);
            }
        }
    }

    /** The scales by which the learned head sums a token's streams: n values from {@code at} on. */
    void head(float[] m, HyperResidual.Site head, float[] scales, int at) {
        float[] base = head.base();
        float scale = head.scale()[0];
        for (int j = 0; j < n; j++) {
            scales[at + j] = logistic(scale * m[j] + base[j]) + spec.eps();
        }
    }

    /** pre and post of MANIFOLD and LITE. */
    private void ends(float[] m, HyperResidual.Site site, float[] pre, int preAt, float[] mix, int mixAt) {
        float[] base = site.base();
        float preScale = site.scale()[0];
        float postScale = site.scale()[1];
        for (int j = 0; j < n; j++) {
            pre[preAt + j] = logistic(preScale * m[j] + base[j]) + spec.eps();
            mix[mixAt + j * (n + 1) + n] = 2 * logistic(postScale * m[n + j] + base[n + j]);
        }
    }

    private void permute(float[] m, HyperResidual.Site site) {
        float[] base = site.base();
        float scale = site.scale()[2];
        for (int q = 0; q < weights.length; q++) {
            weights[q] = scale * m[2 * n + q] + base[2 * n + q];
        }
        softmax(weights, 0, weights.length, 0);
        Arrays.fill(comb, 0);
        for (int q = 0; q < weights.length; q++) {
            for (int j = 0; j < n; j++) {
                comb[j * n + permutations[q * n + j]] += weights[q];
            }
        }
    }

    private void connections(float[] m, HyperResidual.Site site, float[] pre, int preAt, float[] mix, int mixAt) {
        float[] base = site.base();
        float[] scale = site.scale();
        for (int j = 0; j < n; j++) {
            int row = j * (n + 2);
            pre[preAt + j] = scale[0] * tanh(m[row]) + base[j];
            mix[mixAt + j * (n + 1) + n] = scale[1] * tanh(m[row + 1]) + base[n + j];
            for (int k = 0; k < n; k++) {
                mix[mixAt + k * (n + 1) + j] = scale[2] * tanh(m[row + 2 + k]) + base[2 * n + j * n + k];
            }
        }
    }

    private void put(float[] mix, int mixAt) {
        for (int j = 0; j < n; j++) {
            for (int k = 0; k < n; k++) {
                mix[mixAt + k * (n + 1) + j] = comb[j * n + k];
            }
        }
    }

    /** Softmax of {@code count} values from {@code at} on, {@code plus} added to each. */
    private static void softmax(float[] values, int at, int count, float plus) {
        float max = values[at];
        for (int i = at + 1; i < at + count; i++) {
            max = Math.max(max, values[i]);
        }
        float sum = 0;
        for (int i = at; i < at + count; i++) {
            values[i] = (float) Math.exp(values[i] - max);
            sum += values[i];
        }
        for (int i = at; i < at + count; i++) {
            values[i] = values[i] / sum + plus;
        }
    }

    private static float logistic(float x) {
        return (float) (1 / (1 + Math.exp(-x)));
    }

    private static float tanh(float x) {
        return (float) Math.tanh(x);
    }

    /** All permutations of 0 to n − 1 in lexicographic order, one after the other. */
    static int[] permutations(int n) {
        int count = 1;
        for (int i = 2; i <= n; i++) {
            count *= i;
        }
        int[] all = new int[count * n];
        for (int i = 0; i < n; i++) {
            all[i] = i;
        }
        for (int q = 1; q < count; q++) {
            System.arraycopy(all, (q - 1) * n, all, q * n, n);
            advance(all, q * n, n);
        }
        return all;
    }

    /** Turns a permutation into the next one in lexicographic order. */
    private static void advance(int[] all, int at, int n) {
        int pivot = n - 2;
        while (all[at + pivot] > all[at + pivot + 1]) {
            pivot--;
        }
        int other = n - 1;
        while (all[at + other] < all[at + pivot]) {
            other--;
        }
        swap(all, at + pivot, at + other);
        for (int low = pivot + 1, high = n - 1; low < high; low++, high--) {
            swap(all, at + low, at + high);
        }
    }

    private static void swap(int[] values, int i, int j) {
        int kept = values[i];
        values[i] = values[j];
        values[j] = kept;
    }
}
