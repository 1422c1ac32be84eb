package dev.jerboa.train.autograd;

import dev.jerboa.model.decoder.ResidualSpec.Head;
import dev.jerboa.model.decoder.ResidualSpec.Hyper;
import dev.jerboa.model.decoder.ResidualSpec.Kind;
import dev.jerboa.train.data.Batch;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamOpsTest {
    private static final float NORM_EPS = 1e-3f;
    private static final List<Batch> BATCHES = List.of(Trial.batch(3, 1), Trial.batch(3, 6, 1, 10));

    @ParameterizedTest
    @EnumSource(Kind.class)
    void readsWithItsOwn(Kind kind) {
        for (int n = 1; n <= 4; n++) {
            for (Batch batch : BATCHES) {
                Hyper spec = new Hyper(kind, n, 3, 1e-3f, false, Head.SUM);
                verifyRead(batch, spec, n == 3 ? 19 : 8, false, n == 2);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void readsWithThatOfTheSiteBefore(Kind kind) {
        for (int n = 1; n <= 4; n++) {
            for (Batch batch : BATCHES) {
                Hyper spec = new Hyper(kind, n, 20, 1e-6f, true, Head.SUM);
                verifyRead(batch, spec, 11, false, true);
                verifyRead(batch, spec, 11, true, true);
                verifyRead(batch, spec, 11, true, false);
            }
        }
    }

    /** @param preRead whether anything reads the site's pre: the next site, where sites read with that before */
    private static void verifyRead(Batch batch, Hyper spec, int width, boolean second, boolean preRead) {
        int n = spec.streams();
        Trial.verify(batch, trial -> {
            Tensor x = trial.leaf("x", n * width, 1);
            Tensor earlier = second ? trial.leaf("earlier", n, 1) : null;
            Parameter function = trial.parameter("fn", 0.3, spec.functionRows(), spec.functionCols(width));
            Parameter base = trial.parameter("base", 1, spec.baseSize());
            Parameter scale = trial.parameter("scale", 1, 3);
            StreamRead site = new StreamRead(trial.tape, spec, NORM_EPS, x, null, function, base, scale, earlier);
            trial.project(site.read());
            trial.project(site.mix());
            if (preRead) {
                trial.project(site.pre());
            }
            return values -> {
                StreamFormulas.Site expected = StreamFormulas.site(
                        spec,
                        NORM_EPS,
                        width,
                        values.get("x"),
                        values.get("fn"),
                        values.get("base"),
                        values.get("scale"),
                        second ? values.get("earlier") : null);
                return preRead
                        ? Trial.Expected.of(expected.read(), expected.mix(), expected.pre())
                        : Trial.Expected.of(expected.read(), expected.mix());
            };
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void writes(int n) {
        for (int width : new int[] {1, 8, 21}) {
            for (Batch batch : BATCHES) {
                Trial.verify(batch, trial -> {
                    Tensor x = trial.leaf("x", n * width, 1);
                    Tensor mix = trial.leaf("mix", n + n * n, 1);
                    Tensor y = trial.leaf("y", width, 1);
                    trial.project(StreamWrite.alone(trial.tape, x, mix, y).out());
                    return values -> Trial.Expected.of(
                            StreamFormulas.write(n, width, values.get("x"), values.get("mix"), values.get("y")));
                });
            }
        }
    }

    /**
     * Sites in turn on the same streams: what is written, by an operation of its own or by the next site, is read, with the coefficients
     * before where the spec says so.
     */
    @ParameterizedTest
    @EnumSource(Kind.class)
    void sitesInTurn(Kind kind) {
        for (boolean singlePass : new boolean[] {false, true}) {
            verifySites(BATCHES.getLast(), new Hyper(kind, 4, 4, 1e-6f, singlePass, Head.SUM), 9);
        }
    }

    private static void verifySites(Batch batch, Hyper spec, int width) {
        int n = spec.streams();
        Trial.verify(batch, trial -> {
            Tensor x = trial.leaf("x", n * width, 1);
            Tensor earlier = null;
            StreamWrite.Later later = null;
            for (int s = 0; s < 3; s++) {
                Parameter function = trial.parameter("fn" + s, 0.2, spec.functionRows(), spec.functionCols(width));
                Parameter base = trial.parameter("base" + s, 0.7, spec.baseSize());
                Parameter scale = trial.parameter("scale" + s, 0.7, 3);
                StreamWrite before = later == null ? null : later.before(trial.tape);
                x = before == null ? x : before.out();
                StreamRead site = new StreamRead(trial.tape, spec, NORM_EPS, x, before, function, base, scale, earlier);
                earlier = spec.singlePass() ? site.pre() : null;
                Tensor y = new Linear(trial.tape, site.read(), trial.parameter("w" + s, 0.3, width, width)).out();
                later = new StreamWrite.Later(x, site.mix(), y);
                if (s != 0) { // the second site writes what the first one left
                    x = later.alone(trial.tape).out();
                    later = null;
                }
            }
            trial.project(x);
            return values -> {
                double[] streams = values.get("x");
                double[] before = null;
                for (int s = 0; s < 3; s++) {
                    StreamFormulas.Site site = StreamFormulas.site(
                            spec,
                            NORM_EPS,
                            width,
                            streams,
                            values.get("fn" + s),
                            values.get("base" + s),
                            values.get("scale" + s),
                            before);
                    before = site.pre();
                    double[] y = Formulas.linear(site.read(), values.get("w" + s), null, width, 0, width);
                    streams = StreamFormulas.write(n, width, streams, site.mix(), y);
                }
                return Trial.Expected.of(streams);
            };
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void learnedEnd(int n) {
        for (int width : new int[] {1, 8, 21}) {
            for (Batch batch : BATCHES) {
                Trial.verify(batch, trial -> {
                    Tensor x = trial.leaf("x", n * width, 1);
                    Parameter function = trial.parameter("fn", 0.3, n, (long) n * width);
                    Parameter base = trial.parameter("base", 1, n);
                    Parameter scale = trial.parameter("scale", 1, 1);
                    trial.project(new StreamHead(trial.tape, 1e-3f, NORM_EPS, x, function, base, scale).out());
                    return values -> Trial.Expected.of(collected(n, width, values));
                });
            }
        }
    }

    private static double[] collected(int n, int width, Trial.Values values) {
        double[] x = values.get("x");
        double[] out = new double[x.length / n];
        for (int t = 0; t < x.length / (n * width); t++) {
            double rms = Formulas.rms(x, t * n * width, n * width, NORM_EPS);
            for (int j = 0; j < n; j++) {
                double m = 0;
                for (int i = 0; i < n * width; i++) {
                    m += values.get("fn")[j * n * width + i] * x[t * n * width + i] / rms;
                }
                double by = Formulas.sigmoid(values.get("scale")[0] * m + values.get("base")[j]) + 1e-3f;
                for (int c = 0; c < width; c++) {
                    out[t * width + c] += by * x[(t * n + j) * width + c];
                }
            }
        }
        return out;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4})
    void copiesAndSums(int n) {
        for (Batch batch : BATCHES) {
            Trial.verify(batch, trial -> {
                Tensor x = trial.leaf("x", 11, 1);
                Tensor streams = trial.leaf("streams", 11 * n, 1);
                trial.project(new StreamEnds.Copies(trial.tape, x, n).out());
                trial.project(new StreamEnds.Sum(trial.tape, streams, n, 0.4f).out());
                return values -> {
                    double[] copies = new double[batch.tokens() * 11 * n];
                    double[] sum = new double[batch.tokens() * 11];
                    for (int i = 0; i < copies.length; i++) {
                        int at = i / (11 * n) * 11 + i % 11;
                        copies[i] = values.get("x")[at];
                        sum[at] += 0.4f * values.get("streams")[i];
                    }
                    return Trial.Expected.of(copies, sum);
                };
            });
        }
    }
}
