package dev.jerboa.train.network;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.model.decoder.ResidualSpec.Hyper;
import dev.jerboa.train.data.Batch;
import java.util.List;

/**
 * How much the mixing of streams alone makes signals grow over the depth of a network: the gain of arXiv 2512.24880, section 5.
 *
 * <p>A token's streams pass through the product {@code P = H_L … H_1} of its mixing matrices, {@code H = combᵀ}. A sum of a row of P
 * is what a signal that is 1 in all streams becomes in one of them; a sum of a column, what a gradient does on its way back. 1 is
 * neutral. All are means over a sequence's tokens.
 *
 * @param forward the largest magnitude of a row's sum
 * @param backward the largest magnitude of a column's sum
 * @param leastColumn the smallest sum of a column, which near 0 says that a stream's gradient is lost
 * @param siteForward the largest {@code forward} of any site by itself
 * @param siteBackward the largest {@code backward} of any site by itself
 */
public record StreamGain(double forward, double backward, double leastColumn, double siteForward, double siteBackward) {
    private static final StreamGain NEUTRAL = new StreamGain(1, 1, 1, 1, 1);

    /**
     * Of one sequence of the batch that a network has just passed over; all 1 with plain residuals. The layer of multi-token
     * prediction begins streams of its own and does not count.
     */
    public static StreamGain of(Network network, Batch batch, int sequence) {
        if (sequence < 0 || sequence >= batch.sequences()) {
            throw new IllegalArgumentException("sequence " + sequence + " of " + batch.sequences());
        }
        if (!(network.spec().residual() instanceof Hyper hyper)) {
            return NEUTRAL;
        }
        List<FloatRows> mixes = network
                .sites()
                .subList(0, 2 * network.spec().layers().size())
                .stream()
                .map(site -> site.mix().value())
                .toList();
        return of(mixes, hyper.streams(), batch.start(sequence), batch.start(sequence + 1));
    }

    /** Of the rows [post | comb] of each site in order, for tokens {@code from} to {@code to − 1}. */
    static StreamGain of(List<FloatRows> mixes, int n, int from, int to) {
        double[] means = new double[3];
        double[][] sites = new double[mixes.size()][3];
        for (int t = from; t < to; t++) {
            double[][] product = identity(n);
            for (int s = 0; s < sites.length; s++) {
                double[][] mixing = mixing(mixes.get(s), t, n);
                add(mixing, to - from, sites[s]);
                product = multiply(mixing, product);
            }
            add(product, to - from, means);
        }
        double siteForward = sites.length == 0 ? 1 : 0;
        double siteBackward = siteForward;
        for (double[] site : sites) {
            siteForward = Math.max(siteForward, site[0]);
            siteBackward = Math.max(siteBackward, site[1]);
        }
        return new StreamGain(means[0], means[1], means[2], siteForward, siteBackward);
    }

    private static double[][] identity(int n) {
        double[][] out = new double[n][n];
        for (int k = 0; k < n; k++) {
            out[k][k] = 1;
        }
        return out;
    }

    /** H of a token: row k says what stream k becomes. */
    private static double[][] mixing(FloatRows mix, int token, int n) {
        double[][] out = new double[n][n];
        for (int j = 0; j < n; j++) {
            for (int k = 0; k < n; k++) {
                out[k][j] = mix.get(token, n + n * j + k);
            }
        }
        return out;
    }

    private static double[][] multiply(double[][] a, double[][] b) {
        int n = a.length;
        double[][] out = new double[n][n];
        for (int k = 0; k < n; k++) {
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    out[k][j] += a[k][i] * b[i][j];
                }
            }
        }
        return out;
    }

    /** Adds a matrix's largest row sum, largest column sum and smallest column sum to means over {@code count}. */
    private static void add(double[][] matrix, int count, double[] means) {
        double row = 0;
        double column = 0;
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < matrix.length; i++) {
            double ofRow = 0;
            double ofColumn = 0;
            for (int j = 0; j < matrix.length; j++) {
                ofRow += matrix[i][j];
                ofColumn += matrix[j][i];
            }
            row = Math.max(row, Math.abs(ofRow));
            column = Math.max(column, Math.abs(ofColumn));
            least = Math.min(least, ofColumn);
        }
        means[0] += row / count;
        means[1] += column / count;
        means[2] += least / count;
    }
}
