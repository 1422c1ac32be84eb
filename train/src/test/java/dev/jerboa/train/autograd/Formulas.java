package dev.jerboa.train.autograd;

import dev.jerboa.model.decoder.RouterSpec;
import dev.jerboa.train.data.Batch;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The operations in double precision, one sum at a time, on row-major arrays with a row a token. */
final class Formulas {
    private Formulas() {}

    static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** {@code out[t] = W x[t]}, rows {@code first} to {@code first + outs − 1} of W. */
    static double[] linear(double[] x, double[] w, double @Nullable [] b, int ins, int first, int outs) {
        int tokens = x.length / ins;
        double[] out = new double[tokens * outs];
        for (int t = 0; t < tokens; t++) {
            for (int o = 0; o < outs; o++) {
                double sum = b == null ? 0 : b[first + o];
                for (int i = 0; i < ins; i++) {
                    sum += w[(first + o) * ins + i] * x[t * ins + i];
                }
                out[t * outs + o] = sum;
            }
        }
        return out;
    }

    /** Root of the mean square of a stretch, with eps. */
    static double rms(double[] x, int from, int n, double eps) {
        double sum = 0;
        for (int i = from; i < from + n; i++) {
            sum += x[i] * x[i];
        }
        return Math.sqrt(sum / n + eps);
    }

    static double[] rmsNorm(double[] x, double[] w, double eps) {
        double[] out = new double[x.length];
        for (int from = 0; from < x.length; from += w.length) {
            double rms = rms(x, from, w.length, eps);
            for (int i = 0; i < w.length; i++) {
                out[from + i] = x[from + i] / rms * w[i];
            }
        }
        return out;
    }

    static double silu(double x) {
        return x * sigmoid(x);
    }

    /** Where heads lie in a table of {@code cols} columns. */
    record Heads(double[] table, int cols, int first, int stride, int width) {
        double at(int token, int head, int i) {
            return table[token * cols + first + head * stride + i];
        }
    }

    /** Causal attention within sequences. */
    static double[] attention(
            Batch batch,
            double[] queries,
            Heads keys,
            @Nullable Heads shared,
            Heads values,
            int heads,
            int keyHeads,
            double scale,
            int window) {
        int queryWidth = keys.width + (shared == null ? 0 : shared.width);
        double[] out = new double[batch.tokens() * heads * values.width];
        for (int s = 0; s < batch.sequences(); s++) {
            for (int t = batch.start(s); t < batch.start(s + 1); t++) {
                int from = window == 0 ? batch.start(s) : Math.max(batch.start(s), t - window + 1);
                for (int h = 0; h < heads; h++) {
                    int of = h / (heads / keyHeads);
                    double[] e = new double[t - from + 1];
                    double sum = 0;
                    for (int u = from; u <= t; u++) {
                        double dot = 0;
                        for (int i = 0; i < queryWidth; i++) {
                            double key = i < keys.width || shared == null
                                    ? keys.at(u, of, i)
                                    : shared.at(u, of, i - keys.width);
                            dot += queries[(t * heads + h) * queryWidth + i] * key;
                        }
                        e[u - from] = Math.exp(scale * dot);
                        sum += e[u - from];
                    }
                    for (int i = 0; i < values.width; i++) {
                        double mean = 0;
                        for (int u = from; u <= t; u++) {
                            mean += e[u - from] / sum * values.at(u, of, i);
                        }
                        out[(t * heads + h) * values.width + i] = mean;
                    }
                }
            }
        }
        return out;
    }

    /** A token's choices, best first, with their weights and the scores of all experts. */
    record Choice(int[] experts, double[] weights, double[] scores) {}

    /** @throws AssertionError where a choice is so narrow that a difference could change it */
    static Choice choose(RouterSpec spec, double[] logits, int from, double @Nullable [] bias, int experts) {
        double[] scores = new double[experts];
        double total = 0;
        for (int e = 0; e < experts; e++) {
            total += Math.exp(logits[from + e]);
        }
        for (int e = 0; e < experts; e++) {
            double z = logits[from + e];
            scores[e] = switch (spec.score()) {
                case SIGMOID -> sigmoid(z);
                case SOFTMAX -> Math.exp(z) / total;
                case SQRT_SOFTPLUS -> Math.sqrt(Math.log(1 + Math.exp(z)));
                case SOFTMAX_OF_CHOSEN -> throw new AssertionError("training does not know it");
            };
        }
        double[] merit = new double[experts];
        for (int e = 0; e < experts; e++) {
            merit[e] = scores[e] + (bias == null ? 0 : bias[e]);
        }
        int[] chosen = new int[spec.perToken()];
        double sum = 0;
        for (int j = 0; j < spec.perToken(); j++) {
            int best = 0;
            for (int e = 1; e < experts; e++) {
                best = merit[e] > merit[best] ? e : best;
            }
            for (int e = 0; e < experts; e++) {
                if (e != best && merit[best] - merit[e] < 1e-4) {
                    throw new AssertionError("experts " + best + " and " + e + " are chosen by a hair");
                }
            }
            chosen[j] = best;
            merit[best] = Double.NEGATIVE_INFINITY;
            sum += scores[best];
        }
        double[] weights = new double[spec.perToken()];
        for (int j = 0; j < weights.length; j++) {
            weights[j] = scores[chosen[j]] * spec.scale() / (spec.normalise() ? sum : 1);
        }
        return new Choice(chosen, weights, scores);
    }

    /** α Σ f P of each sequence, by its share of the tokens. */
    static double balance(Batch batch, Choice[] choices, int experts, double alpha) {
        double loss = 0;
        for (int s = 0; s < batch.sequences(); s++) {
            int length = batch.start(s + 1) - batch.start(s);
            double[] count = new double[experts];
            double[] mean = new double[experts];
            int made = 0;
            for (int t = batch.start(s); t < batch.start(s + 1); t++) {
                double sum = Arrays.stream(choices[t].scores).sum();
                for (int e = 0; e < experts; e++) {
                    mean[e] += choices[t].scores[e] / sum / length;
                }
                for (int e : choices[t].experts) {
                    count[e]++;
                    made++;
                }
            }
            for (int e = 0; e < experts; e++) {
                loss += alpha * experts * count[e] / made * mean[e] * length / batch.tokens();
            }
        }
        return loss;
    }
}
