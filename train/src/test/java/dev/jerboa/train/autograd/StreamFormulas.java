package dev.jerboa.train.autograd;

import dev.jerboa.model.decoder.ResidualSpec.Hyper;
import dev.jerboa.model.decoder.ResidualSpec.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Hyper-connections in double precision, from the formulas of {@link Hyper}. */
final class StreamFormulas {
    private StreamFormulas() {}

    /** pre of all tokens; post and comb of each token; what is read. */
    record Site(double[] pre, double[] mix, double[] read) {}

    static Site site(
            Hyper spec,
            double normEps,
            int width,
            double[] x,
            double[] function,
            double[] base,
            double[] scale,
            double @Nullable [] earlier) {
        int n = spec.streams();
        int tokens = x.length / (n * width);
        double[] pre = new double[tokens * n];
        double[] mix = new double[tokens * (n + n * n)];
        double[] read = new double[tokens * width];
        for (int t = 0; t < tokens; t++) {
            double[] streams = Arrays.copyOfRange(x, t * n * width, (t + 1) * n * width);
            double[] logits = spec.kind() == Kind.CONNECTIONS
                    ? connections(n, normEps, streams, function, base, scale)
                    : logits(n, normEps, streams, function, base, scale);
            double[] map = coefficients(spec, logits);
            System.arraycopy(map, 0, pre, t * n, n);
            System.arraycopy(map, n, mix, t * (n + n * n), n + n * n);
            for (int j = 0; j < n; j++) {
                double by = !spec.singlePass() ? pre[t * n + j] : earlier == null ? 1.0 / n : earlier[t * n + j];
                for (int c = 0; c < width; c++) {
                    read[t * width + c] += by * streams[j * width + c];
                }
            }
        }
        return new Site(pre, mix, read);
    }

    private static double dot(double[] a, int from, double[] b, int of, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += a[from + i] * b[of + i];
        }
        return sum;
    }

    private static double[] logits(
            int n, double normEps, double[] streams, double[] function, double[] base, double[] scale) {
        double rms = Formulas.rms(streams, 0, streams.length, normEps);
        double[] logits = new double[base.length];
        for (int c = 0; c < base.length; c++) {
            double m = dot(function, c * streams.length, streams, 0, streams.length) / rms;
            logits[c] = scale[c < n ? 0 : c < 2 * n ? 1 : 2] * m + base[c];
        }
        return logits;
    }

    private static double[] connections(
            int n, double normEps, double[] streams, double[] function, double[] base, double[] scale) {
        int width = streams.length / n;
        double[] out = new double[2 * n + n * n];
        for (int j = 0; j < n; j++) {
            double rms = Formulas.rms(streams, j * width, width, normEps);
            double[] turned = new double[n + 2];
            for (int r = 0; r < n + 2; r++) {
                turned[r] = Math.tanh(dot(function, r * width, streams, j * width, width) / rms);
            }
            out[j] = scale[0] * turned[0] + base[j];
            out[n + j] = scale[1] * turned[1] + base[n + j];
            for (int k = 0; k < n; k++) {
                out[2 * n + n * j + k] = scale[2] * turned[2 + k] + base[2 * n + n * j + k];
            }
        }
        return out;
    }

    /** [pre | post | comb] from logits. */
    static double[] coefficients(Hyper spec, double[] logits) {
        int n = spec.streams();
        if (spec.kind() == Kind.CONNECTIONS) {
            return logits;
        }
        double[] out = new double[2 * n + n * n];
        for (int j = 0; j < n; j++) {
            out[j] = Formulas.sigmoid(logits[j]) + spec.eps();
            out[n + j] = 2 * Formulas.sigmoid(logits[n + j]);
        }
        double[][] comb = spec.kind() == Kind.LITE ? permuted(n, logits) : sinkhorn(spec, logits);
        for (int j = 0; j < n; j++) {
            System.arraycopy(comb[j], 0, out, 2 * n + n * j, n);
        }
        return out;
    }

    private static double[] softmax(double[] z) {
        double max = Arrays.stream(z).max().orElseThrow();
        double sum = 0;
        double[] out = new double[z.length];
        for (int i = 0; i < z.length; i++) {
            out[i] = Math.exp(z[i] - max);
            sum += out[i];
        }
        for (int i = 0; i < z.length; i++) {
            out[i] /= sum;
        }
        return out;
    }

    private static double[][] sinkhorn(Hyper spec, double[] logits) {
        int n = spec.streams();
        double[][] comb = new double[n][];
        for (int j = 0; j < n; j++) {
            comb[j] = softmax(Arrays.copyOfRange(logits, 2 * n + n * j, 2 * n + n * (j + 1)));
            for (int k = 0; k < n; k++) {
                comb[j][k] += spec.eps();
            }
        }
        columns(comb, spec.eps());
        for (int i = 1; i < spec.sinkhornIterations(); i++) {
            for (double[] row : comb) {
                double sum = Arrays.stream(row).sum();
                for (int k = 0; k < n; k++) {
                    row[k] /= sum + spec.eps();
                }
            }
            columns(comb, spec.eps());
        }
        return comb;
    }

    private static void columns(double[][] comb, double eps) {
        for (int k = 0; k < comb.length; k++) {
            double sum = 0;
            for (double[] row : comb) {
                sum += row[k];
            }
            for (double[] row : comb) {
                row[k] /= sum + eps;
            }
        }
    }

    private static double[][] permuted(int n, double[] logits) {
        double[] weights = softmax(Arrays.copyOfRange(logits, 2 * n, logits.length));
        List<List<Integer>> all = new ArrayList<>(List.of(List.of()));
        for (int place = 0; place < n; place++) {
            List<List<Integer>> longer = new ArrayList<>();
            for (List<Integer> start : all) {
                for (int next = 0; next < n; next++) {
                    if (!start.contains(next)) {
                        List<Integer> one = new ArrayList<>(start);
                        one.add(next);
                        longer.add(one);
                    }
                }
            }
            all = longer;
        }
        double[][] comb = new double[n][n];
        for (int q = 0; q < all.size(); q++) {
            for (int j = 0; j < n; j++) {
                comb[j][all.get(q).get(j)] += weights[q];
            }
        }
        return comb;
    }

    static double[] write(int n, int width, double[] x, double[] mix, double[] y) {
        double[] out = new double[x.length];
        for (int t = 0; t < y.length / width; t++) {
            int of = t * (n + n * n);
            for (int k = 0; k < n; k++) {
                for (int c = 0; c < width; c++) {
                    double sum = mix[of + k] * y[t * width + c];
                    for (int j = 0; j < n; j++) {
                        sum += mix[of + n + n * j + k] * x[(t * n + j) * width + c];
                    }
                    out[(t * n + k) * width + c] = sum;
                }
            }
        }
        return out;
    }
}
