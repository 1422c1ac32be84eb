package dev.jerboa.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.cpu.Worker;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.kernel.ops.Activation;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.RotaryTable;
import dev.jerboa.model.decoder.ResidualSpec.Head;
import dev.jerboa.model.decoder.ResidualSpec.Hyper;
import dev.jerboa.model.decoder.ResidualSpec.Kind;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/** Streams as their definition says, in double precision and written for nothing but to be read; and the golden vector of mHC. */
class HyperResidualTest {
    private static final float EPS = 1e-6f;
    private static final int MOST_TOKENS = 7;

    /**
     * Numbers of one token at one site, made in float64 from the published formulas: pre, post, comb, and the streams that a
     * sub-layer tanh(W u) leaves.
     */
    @Example
    void agreesWithTheGoldenVector() {
        double[] pre = {0.977258412, 0.073727623, 0.353773685, 0.952325673};
        double[] post = {0.025063944, 0.653531411, 1.97384587, 0.037603803};
        double[][] comb = {
            {0.19530293, 0.639405898, 0.015168928, 0.149994218},
            {0.437148163, 0.001175216, 0.060911492, 0.500640298},
            {0.009193502, 0.067790934, 0.9148031, 0.008606334},
            {0.358354405, 0.291626952, 0.009115479, 0.34075815}
        };
        double[][] after = {
            {0.454996807, 0.253728246, -0.029926762},
            {0.096313622, 0.281752029, 1.298026598},
            {-2.687600701, -2.212047633, 2.213445418},
            {0.392978761, 0.140963188, -0.12191908}
        };
        Hyper spec = new Hyper(Kind.MANIFOLD, 4, 20, EPS, false, Head.SUM);
        float[] streams = sines(12, 1, 0);
        float[] function = sines(24 * 12, 0.5, 0.3);
        float[] base = sines(24, 0.4, 0.9);
        float[] scale = {0.8f, 1.1f, 0.6f};
        float[] weight = sines(9, 1, 2);

        float[] mapped = new float[24];
        double square = 0;
        for (float x : streams) {
            square += (double) x * x;
        }
        for (int r = 0; r < 24; r++) {
            double sum = 0;
            for (int c = 0; c < 12; c++) {
                sum += (double) function[r * 12 + c] * streams[c];
            }
            mapped[r] = (float) (sum / Math.sqrt(square / 12 + EPS));
        }
        float[] pres = new float[4];
        float[] mix = new float[20];
        FloatRows none = FloatRows.allocate(Arena.ofAuto(), 0, 0);
        new StreamCoefficients(spec).site(mapped, new HyperResidual.Site(none, base, scale), pres, 0, mix, 0);
        for (int k = 0; k < 4; k++) {
            assertThat((double) pres[k]).isCloseTo(pre[k], within(1e-6));
            assertThat((double) mix[k * 5 + 4]).isCloseTo(post[k], within(1e-6));
            for (int j = 0; j < 4; j++) {
                assertThat((double) mix[k * 5 + j]).as("comb[%d][%d]", j, k).isCloseTo(comb[j][k], within(1e-6));
            }
        }
        Map<Slot, float[]> tensors = new EnumMap<>(Slot.class);
        for (Slot slot : List.of(Slot.STREAM_ATTENTION_FUNCTION, Slot.STREAM_FEED_FORWARD_FUNCTION)) {
            tensors.put(slot, function);
        }
        for (Slot slot : List.of(Slot.STREAM_ATTENTION_BASE, Slot.STREAM_FEED_FORWARD_BASE)) {
            tensors.put(slot, base);
        }
        for (Slot slot : List.of(Slot.STREAM_ATTENTION_SCALE, Slot.STREAM_FEED_FORWARD_SCALE)) {
            tensors.put(slot, scale);
        }
        for (int count : new int[] {1, 6}) {
            try (Arena arena = Arena.ofShared()) {
                HyperResidual residual = residual(spec, 3, tensors, OpsProvider.ops(), 1, arena);
                for (int t = 0; t < count; t++) {
                    for (int i = 0; i < 12; i++) {
                        residual.streams(0).set(4 * t + i / 3, i % 3, streams[i]);
                    }
                }
                FloatRows u = residual.read(Worker.alone(), 0, count);
                for (int t = 0; t < count; t++) {
                    for (int r = 0; r < 3; r++) {
                        double sum = 0;
                        for (int c = 0; c < 3; c++) {
                            sum += weight[r * 3 + c] * u.get(t, c);
                        }
                        residual.target().set(t, r, (float) Math.tanh(sum));
                    }
                }
                residual.write(Worker.alone(), 0, count);
                for (int i = 0; i < 12 * count; i++) {
                    assertThat((double) residual.streams(1).get(i / 3, i % 3))
                            .as("stream %d, %d", i / 3, i % 3)
                            .isCloseTo(after[i / 3 % 4][i % 3], within(2e-6));
                }
            }
        }
    }

    /** k · sin(1 + p + 0.7 t). */
    private static float[] sines(int count, double k, double p) {
        float[] values = new float[count];
        for (int t = 0; t < count; t++) {
            values[t] = (float) (k * Math.sin(1 + p + 0.7 * t));
        }
        return values;
    }

    /** Two layers' sites in turn and the end, against the definition; the sub-layer squashes what it reads. */
    @Property(tries = 60)
    void agreesWithItsDefinition(
            @ForAll Kind kind,
            @ForAll @IntRange(min = 1, max = 5) int streams,
            @ForAll boolean singlePass,
            @ForAll Head head,
            @ForAll @IntRange(min = 1, max = MOST_TOKENS) int count,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll long seed) {
        int n = kind == Kind.LITE ? Math.min(streams, 4) : streams;
        int hidden = 70;
        Hyper spec = new Hyper(kind, n, 1 + (int) (seed & 7), EPS, singlePass, head);
        Random random = new Random(seed);
        Map<Slot, float[]> tensors = new EnumMap<>(Slot.class);
        int cols = kind == Kind.CONNECTIONS ? hidden : n * hidden;
        int factorial = IntStream.rangeClosed(1, n).reduce(1, (a, b) -> a * b);
        int rows = switch (kind) {
            case CONNECTIONS -> n + 2;
            case MANIFOLD -> n * n + 2 * n;
            case LITE -> 2 * n + factorial;
        };
        int baseSize = kind == Kind.LITE ? 2 * n + factorial : n * n + 2 * n;
        double spread = 1 / Math.sqrt(cols);
        for (String part : List.of("ATTENTION", "FEED_FORWARD")) {
            tensors.put(Slot.valueOf("STREAM_" + part + "_FUNCTION"), normal(random, rows * cols, spread));
            tensors.put(Slot.valueOf("STREAM_" + part + "_BASE"), normal(random, baseSize, 1));
            tensors.put(Slot.valueOf("STREAM_" + part + "_SCALE"), normal(random, 3, 1));
        }
        tensors.put(Slot.STREAM_HEAD_FUNCTION, normal(random, n * n * hidden, spread));
        tensors.put(Slot.STREAM_HEAD_BASE, normal(random, n, 1));
        tensors.put(Slot.STREAM_HEAD_SCALE, normal(random, 1, 1));
        float[][] begin = new float[count * n][];
        Arrays.setAll(begin, i -> normal(random, hidden, 1));

        Ops ops = OpsProvider.ops();
        float[][] ends = new float[count][];
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(workers)) {
            HyperResidual residual = residual(spec, hidden, tensors, ops, workers, arena);
            for (int i = 0; i < begin.length; i++) {
                for (int c = 0; c < hidden; c++) {
                    residual.streams(0).set(i, c, begin[i][c]);
                }
            }
            FloatRows[] last = new FloatRows[1];
            team.run(worker -> {
                for (int site = 0; site < 4; site++) {
                    FloatRows u = residual.read(worker, site, count);
                    if (count > Ops.FEW) {
                        worker.barrier();
                    }
                    int to = worker.to(hidden, Ops.GRAIN);
                    for (int t = 0; t < count; t++) {
                        for (int c = worker.from(hidden, Ops.GRAIN); c < to; c++) {
                            residual.target().set(t, c, (float) Math.tanh(u.get(t, c)));
                        }
                    }
                    residual.write(worker, site, count);
                    worker.barrier();
                }
                FloatRows x = residual.end(worker, count);
                if (worker.id() == 0) {
                    last[0] = x;
                }
            });
            for (int t = 0; t < count; t++) {
                ends[t] = last[0].row(t);
            }
        }
        for (int t = 0; t < count; t++) {
            double[] expected = new Definition(spec, hidden, tensors).run(Arrays.copyOfRange(begin, t * n, t * n + n));
            double size = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
            for (int c = 0; c < hidden; c++) {
                assertThat((double) ends[t][c])
                        .as("token %d, %d", t, c)
                        .isCloseTo(expected[c], within(2e-4 * (1 + size)));
            }
        }
    }

    private static float[] normal(Random random, int count, double deviation) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        return values;
    }

    private static HyperResidual residual(
            Hyper spec, int hidden, Map<Slot, float[]> tensors, Ops ops, int workers, Arena arena) {
        Map<Slot, String> names = new EnumMap<>(Slot.class);
        Map<String, StoredTensor> stored = new LinkedHashMap<>();
        tensors.forEach((slot, values) -> {
            names.put(slot, slot.name());
            int rows = switch (slot) {
                case STREAM_ATTENTION_FUNCTION, STREAM_FEED_FORWARD_FUNCTION -> spec.functionRows();
                case STREAM_HEAD_FUNCTION -> spec.streams();
                default -> 1;
            };
            long[] shape = {rows, values.length / rows};
            FloatRows copy = FloatRows.copyOf(arena, values, values.length);
            stored.put(slot.name(), new StoredTensor("test", slot.name(), DType.F32, shape, copy.data()));
        });
        DecoderSpec model = new DecoderSpec(
                "test",
                1,
                hidden,
                1,
                EPS,
                true,
                spec,
                IntStream.range(0, 2).mapToObj(l -> layer(hidden)).toList());
        Scratch scratch = new Scratch(MOST_TOKENS, workers);
        WeightReader reader = new WeightReader(
                new TensorNames(names),
                new Stored(stored),
                ops,
                Ops.Precision.FAST,
                arena,
                new AdaptationReader(List.of(), ops, arena, scratch));
        HyperResidual residual = new HyperResidual(spec, model, reader, scratch);
        scratch.allocate(ops, arena);
        residual.bind();
        return residual;
    }

    private static LayerSpec layer(int hidden) {
        return new LayerSpec(
                AttentionSpec.GroupedQuery.of(1, 1, 2)
                        .withScale(1)
                        .withRotary(new RotarySpec(2, RotaryTable.Layout.HALF_SPLIT, 1e4, new RotarySpec.Unscaled())),
                new FeedForwardSpec.Gated(hidden, Activation.SILU));
    }

    private record Stored(Map<String, StoredTensor> byName) implements TensorSource {
        @Override
        public String source() {
            return "test";
        }

        @Override
        public Collection<StoredTensor> tensors() {
            return byName.values();
        }

        @Override
        public @Nullable StoredTensor find(String name) {
            return byName.get(name);
        }
    }

    /** What the documentation of {@link Hyper} says, for one token. */
    private record Definition(Hyper spec, int hidden, Map<Slot, float[]> tensors) {
        double[] run(float[][] begin) {
            int n = spec.streams();
            double[][] x = new double[n][hidden];
            for (int j = 0; j < n; j++) {
                for (int c = 0; c < hidden; c++) {
                    x[j][c] = begin[j][c];
                }
            }
            double[] before = new double[n];
            Arrays.fill(before, 1.0 / n);
            for (int site = 0; site < 4; site++) {
                String part = site % 2 == 0 ? "ATTENTION" : "FEED_FORWARD";
                float[] function = tensor("STREAM_" + part + "_FUNCTION");
                float[] base = tensor("STREAM_" + part + "_BASE");
                float[] scale = tensor("STREAM_" + part + "_SCALE");
                double[] pre = new double[n];
                double[] post = new double[n];
                double[][] comb = new double[n][n];
                if (spec.kind() == Kind.CONNECTIONS) {
                    for (int j = 0; j < n; j++) {
                        double[] m = map(function, n + 2, x[j]);
                        pre[j] = scale[0] * Math.tanh(m[0]) + base[j];
                        post[j] = scale[1] * Math.tanh(m[1]) + base[n + j];
                        for (int k = 0; k < n; k++) {
                            comb[j][k] = scale[2] * Math.tanh(m[2 + k]) + base[2 * n + n * j + k];
                        }
                    }
                } else {
                    double[] z = map(function, base.length, joined(x));
                    for (int i = 0; i < z.length; i++) {
                        z[i] = z[i] * scale[Math.min(i / n, 2)] + base[i];
                    }
                    for (int j = 0; j < n; j++) {
                        pre[j] = 1 / (1 + Math.exp(-z[j])) + EPS;
                        post[j] = 2 / (1 + Math.exp(-z[n + j]));
                    }
                    double[] rest = Arrays.copyOfRange(z, 2 * n, z.length);
                    comb = spec.kind() == Kind.MANIFOLD ? manifold(rest) : lite(rest);
                }
                double[] scales = spec.singlePass() ? before : pre;
                double[] u = sum(scales, x);
                before = pre;
                double[][] next = new double[n][hidden];
                for (int k = 0; k < n; k++) {
                    for (int c = 0; c < hidden; c++) {
                        next[k][c] = post[k] * Math.tanh(u[c]);
                        for (int j = 0; j < n; j++) {
                            next[k][c] += comb[j][k] * x[j][c];
                        }
                    }
                }
                x = next;
            }
            double[] scales = new double[n];
            Arrays.fill(scales, spec.head() == Head.MEAN ? 1.0 / n : 1);
            if (spec.head() == Head.LEARNED) {
                double[] m = map(tensor("STREAM_HEAD_FUNCTION"), n, joined(x));
                for (int j = 0; j < n; j++) {
                    double z = tensor("STREAM_HEAD_SCALE")[0] * m[j] + tensor("STREAM_HEAD_BASE")[j];
                    scales[j] = 1 / (1 + Math.exp(-z)) + EPS;
                }
            }
            return sum(scales, x);
        }

        private float[] tensor(String slot) {
            return tensors.getOrDefault(Slot.valueOf(slot), new float[0]);
        }

        private static double[] map(float[] function, int rows, double[] f) {
            double rms = Math.sqrt(Arrays.stream(f).map(v -> v * v).average().orElseThrow() + EPS);
            return IntStream.range(0, rows)
                    .mapToDouble(r -> IntStream.range(0, f.length)
                            .mapToDouble(c -> function[r * f.length + c] * f[c] / rms)
                            .sum())
                    .toArray();
        }

        private static double[] joined(double[][] x) {
            return Arrays.stream(x).flatMapToDouble(Arrays::stream).toArray();
        }

        private static double[] sum(double[] scales, double[][] x) {
            return IntStream.range(0, x[0].length)
                    .mapToDouble(c -> IntStream.range(0, x.length)
                            .mapToDouble(j -> scales[j] * x[j][c])
                            .sum())
                    .toArray();
        }

        private double[][] manifold(double[] z) {
            int n = spec.streams();
            double[][] comb = new double[n][n];
            for (int j = 0; j < n; j++) {
                double[] row = Arrays.stream(z, j * n, j * n + n).map(Math::exp).toArray();
                double total = Arrays.stream(row).sum();
                for (int k = 0; k < n; k++) {
                    comb[j][k] = row[k] / total + EPS;
                }
            }
            for (int i = 0; i < 2 * spec.sinkhornIterations() - 1; i++) {
                double[][] divided = new double[n][n];
                for (int j = 0; j < n; j++) {
                    for (int k = 0; k < n; k++) {
                        double total = EPS;
                        for (int l = 0; l < n; l++) {
                            total += i % 2 == 0 ? comb[l][k] : comb[j][l];
                        }
                        divided[j][k] = comb[j][k] / total;
                    }
                }
                comb = divided;
            }
            return comb;
        }

        private double[][] lite(double[] z) {
            int n = spec.streams();
            double total = Arrays.stream(z).map(Math::exp).sum();
            double[][] comb = new double[n][n];
            int[] tuple = new int[n];
            int q = 0;
            for (int code = 0; code < Math.pow(n, n); code++) {
                for (int j = n - 1, rest = code; j >= 0; j--, rest /= n) {
                    tuple[j] = rest % n;
                }
                if (Arrays.stream(tuple).distinct().count() == n) {
                    for (int j = 0; j < n; j++) {
                        comb[j][tuple[j]] += Math.exp(z[q]) / total;
                    }
                    q++;
                }
            }
            return comb;
        }
    }
}
