package dev.jerboa.train.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.kernel.ops.RotaryTable.Layout;
import dev.jerboa.model.decoder.AttentionSpec;
import dev.jerboa.model.decoder.RotarySpec;
import dev.jerboa.train.data.Batch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What attention over a window and a compressed past is made of. */
class CompressedOpsTest {
    private static final Batch ONE = Trial.batch(5, 1);
    private static final Batch SEVERAL = Trial.batch(5, 7, 1, 12);

    @ParameterizedTest
    @CsvSource({"4,5,false", "3,9,true"})
    void entries(int every, int dim, boolean overlapping) {
        int cols = overlapping ? 2 * dim : dim;
        for (Batch batch : new Batch[] {ONE, SEVERAL}) {
            Trial.verify(batch, trial -> {
                Tensor values = trial.leaf("values", cols, 1);
                Tensor gates = trial.leaf("gates", cols, 1.5);
                Parameter bias = trial.parameter("bias", 1, every, cols);
                trial.project(new Entries(trial.tape, values, gates, bias, overlapping).out());
                return all -> Trial.Expected.of(entries(batch, all, every, dim, overlapping));
            });
        }
    }

    private static double[] entries(Batch batch, Trial.Values all, int every, int dim, boolean overlapping) {
        int cols = overlapping ? 2 * dim : dim;
        double[] out = new double[batch.tokens() * dim];
        for (int t = 0; t < batch.tokens(); t++) {
            int position = batch.position(t);
            for (int c = 0; c < dim && (position + 1) % every == 0; c++) {
                double sum = 0;
                double total = 0;
                for (int u = t - Math.min(position, 2 * every - 1); u <= t; u++) {
                    boolean own = u > t - every;
                    if (own || overlapping) {
                        int col = c + (own && overlapping ? dim : 0);
                        double gate = all.get("gates")[u * cols + col]
                                + all.get("bias")[batch.position(u) % every * cols + col];
                        total += Math.exp(gate);
                        sum += Math.exp(gate) * all.get("values")[u * cols + col];
                    }
                }
                out[t * dim + c] = sum / total;
            }
        }
        return out;
    }

    @ParameterizedTest
    @CsvSource({"1,4,3,0", "3,5,4,3"})
    void attention(int heads, int dim, int window, int every) {
        for (Batch batch : new Batch[] {ONE, SEVERAL}) {
            for (SeenEntries seen : new SeenEntries[] {new Everything(batch, every), new Odd(batch, every)}) {
                boolean all = seen instanceof Everything;
                Trial.verify(batch, trial -> {
                    Tensor q = trial.leaf("q", heads * dim, 1);
                    Tensor k = trial.leaf("k", dim, 1);
                    Tensor e = every == 0 ? null : trial.leaf("e", dim, 1);
                    Parameter sinks = trial.parameter("sinks", 1, heads);
                    trial.project(new CompressedAttention(
                                    trial.tape, q, k, e, Math.max(1, every), all ? null : seen, sinks, window, 0.4f)
                            .out());
                    return values -> Trial.Expected.of(attention(batch, values, heads, dim, window, every, seen));
                });
            }
        }
    }

    /** All entries that have ended. */
    private record Everything(Batch batch, int every) implements SeenEntries {
        @Override
        public int count(int token) {
            return every == 0 ? 0 : (batch.position(token) + 1) / every;
        }

        @Override
        public int entry(int token, int i) {
            return i;
        }
    }

    /** Every other one. */
    private record Odd(Batch batch, int every) implements SeenEntries {
        @Override
        public int count(int token) {
            return every == 0 ? 0 : (batch.position(token) + 1) / every / 2;
        }

        @Override
        public int entry(int token, int i) {
            return 2 * i + 1;
        }
    }

    private static double[] attention(
            Batch batch, Trial.Values values, int heads, int dim, int window, int every, SeenEntries seen) {
        double[] out = new double[batch.tokens() * heads * dim];
        for (int t = 0; t < batch.tokens(); t++) {
            int start = t - batch.position(t);
            List<double[]> rows = new ArrayList<>();
            for (int u = Math.max(start, t - window + 1); u <= t; u++) {
                rows.add(row(values.get("k"), u, dim));
            }
            for (int i = 0; i < seen.count(t); i++) {
                rows.add(row(values.get("e"), start + (seen.entry(t, i) + 1) * every - 1, dim));
            }
            for (int h = 0; h < heads; h++) {
                double total = Math.exp(values.get("sinks")[h]);
                double[] sum = new double[dim];
                for (double[] row : rows) {
                    double dot = 0;
                    for (int c = 0; c < dim; c++) {
                        dot += values.get("q")[(t * heads + h) * dim + c] * row[c];
                    }
                    double power = Math.exp(0.4f * dot);
                    total += power;
                    for (int c = 0; c < dim; c++) {
                        sum[c] += power * row[c];
                    }
                }
                for (int c = 0; c < dim; c++) {
                    out[(t * heads + h) * dim + c] = sum[c] / total;
                }
            }
        }
        return out;
    }

    private static double[] row(double[] table, int row, int cols) {
        return java.util.Arrays.copyOfRange(table, row * cols, (row + 1) * cols);
    }

    /** The best are chosen, and nothing that chooses is given a gradient. */
    @ParameterizedTest
    @CsvSource({"3,5,2,1", "1,3,4,20"})
    void selection(int heads, int dim, int every, int most) {
        AttentionSpec.Selection spec = new AttentionSpec.Selection(heads, dim, most);
        for (Batch batch : new Batch[] {ONE, SEVERAL}) {
            List<List<Integer>> found = new ArrayList<>();
            Trial.verify(batch, trial -> {
                Tensor q = trial.leaf("q", heads * dim, 1);
                Tensor w = trial.leaf("w", heads, 1);
                Tensor k = trial.leaf("k", dim, 1);
                EntrySelection selection = new EntrySelection(trial.tape, q, w, k, every, spec);
                trial.loss(() -> {
                    found.clear();
                    for (int t = 0; t < batch.tokens(); t++) {
                        int token = t;
                        found.add(IntStream.range(0, selection.count(t))
                                .mapToObj(i -> selection.entry(token, i))
                                .toList());
                    }
                    return 0;
                });
                return values -> {
                    for (int t = 0; t < batch.tokens(); t++) {
                        assertThat(found.get(t)).isEqualTo(best(batch, values, t, spec, every));
                    }
                    return Trial.Expected.of();
                };
            });
        }
    }

    private static List<Integer> best(
            Batch batch, Trial.Values values, int t, AttentionSpec.Selection spec, int every) {
        int dim = spec.headDim();
        int seen = (batch.position(t) + 1) / every;
        double[] scores = new double[seen];
        for (int e = 0; e < seen; e++) {
            int row = t - batch.position(t) + (e + 1) * every - 1;
            for (int h = 0; h < spec.heads(); h++) {
                double dot = 0;
                for (int c = 0; c < dim; c++) {
                    dot += values.get("q")[(t * spec.heads() + h) * dim + c] * values.get("k")[row * dim + c];
                }
                scores[e] += values.get("w")[t * spec.heads() + h] * Math.max(0, dot);
            }
        }
        return IntStream.range(0, seen)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer e) -> -scores[e]).thenComparing(e -> e))
                .limit(spec.most())
                .sorted()
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"1,5,3", "3,16,16"})
    void groupedLinear(int groups, int ins, int outs) {
        for (Batch batch : new Batch[] {ONE, SEVERAL}) {
            Trial.verify(batch, trial -> {
                Tensor x = trial.leaf("x", groups * ins, 1);
                Parameter w = trial.parameter("w", 0.5, groups * outs, ins);
                trial.project(new GroupedLinear(trial.tape, x, w, groups).out());
                return values -> Trial.Expected.of(grouped(values, batch.tokens(), groups, ins, outs));
            });
        }
    }

    private static double[] grouped(Trial.Values values, int tokens, int groups, int ins, int outs) {
        double[] out = new double[tokens * groups * outs];
        for (int i = 0; i < out.length; i++) {
            int row = i % (groups * outs);
            int from = (i / (groups * outs) * groups + row / outs) * ins;
            for (int c = 0; c < ins; c++) {
                out[i] += values.get("w")[row * ins + c] * values.get("x")[from + c];
            }
        }
        return out;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void rotationOfStretchesBack(int every) {
        for (boolean back : new boolean[] {false, true}) {
            RotarySpec spec = new RotarySpec(4, Layout.INTERLEAVED, 10, new RotarySpec.Unscaled());
            Trial.verify(SEVERAL, trial -> {
                Tensor x = trial.leaf("x", 2 * 6, 1);
                RotaryTable cosines = spec.table(trial.tape.maxTokens(), trial.arena);
                trial.project(new Rotation(trial.tape, x, cosines, 2, 2, every, back).out());
                return values -> {
                    double[] out = values.get("x").clone();
                    for (int i = 0; i < out.length / 2; i++) {
                        int pair = i % 3 - 1;
                        if (pair >= 0) {
                            double angle = SEVERAL.position(i / 6)
                                    / every
                                    * every
                                    * spec.frequencies()[pair]
                                    * (back ? -1 : 1);
                            double a = values.get("x")[2 * i];
                            double b = values.get("x")[2 * i + 1];
                            out[2 * i] = a * Math.cos(angle) - b * Math.sin(angle);
                            out[2 * i + 1] = a * Math.sin(angle) + b * Math.cos(angle);
                        }
                    }
                    return Trial.Expected.of(out);
                };
            });
        }
    }

    @Test
    void clamp() {
        Trial.verify(SEVERAL, trial -> {
            Tensor x = trial.leaf("x", 9, 1);
            trial.project(new Clamp(trial.tape, x, -0.5f, 0.8f).out());
            return values -> Trial.Expected.of(java.util.Arrays.stream(values.get("x"))
                    .map(v -> Math.max(-0.5, Math.min(v, 0.8f)))
                    .toArray());
        });
    }
}
