package dev.jerboa.train.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.model.decoder.ResidualSpec.Head;
import dev.jerboa.model.decoder.ResidualSpec.Hyper;
import dev.jerboa.model.decoder.ResidualSpec.Kind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The maps from logits to coefficients, by themselves: logits that come near permutations, and what the results must keep. */
class StreamMapTest {
    private static final int LANES = StreamMap.TOKENS;

    /** Streams, iterations, largest logit, tolerance. */
    @ParameterizedTest
    @CsvSource({
        "1,1,8,1e-4",
        "2,1,1,1e-4",
        "2,20,8,1e-3",
        "3,20,4,1e-3",
        "4,1,8,1e-4",
        "4,20,1,1e-4",
        "4,20,4,1e-3",
        "4,20,8,1e-3",
        "4,100,8,1e-3",
        "7,20,2,1e-3"
    })
    void sinkhornNearPermutations(int n, int iterations, double largest, double tolerance) {
        verify(new Hyper(Kind.MANIFOLD, n, iterations, 1e-6f, false, Head.SUM), largest, tolerance);
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "3", "4"})
    void permutations(int n) {
        verify(new Hyper(Kind.LITE, n, 1, 1e-6f, false, Head.SUM), 8, 1e-4);
    }

    private static void verify(Hyper spec, double largest, double tolerance) {
        Random random = new Random(11);
        int inputs = spec.baseSize();
        int outputs = 2 * spec.streams() + spec.streams() * spec.streams();
        double[][] logits = new double[LANES][];
        double[][] weights = new double[LANES][];
        for (int lane = 0; lane < LANES; lane++) {
            logits[lane] = nearPermutation(spec, inputs, largest, random);
            weights[lane] = random.doubles(outputs, -1, 1).map(x -> (float) x).toArray();
        }
        StreamMap map = StreamMap.of(spec);
        float[][] found = coefficients(map, logits, outputs);
        float[][] gradients = gradients(map, logits, weights);
        for (int lane = 0; lane < LANES; lane++) {
            Trial.close("coefficients", found[lane], StreamFormulas.coefficients(spec, logits[lane]), 1e-5);
            Trial.close("gradients", gradients[lane], differences(spec, logits[lane], weights[lane]), tolerance);
        }
    }

    /** Every lane's first logits are any; those of mixing prefer a permutation by up to {@code 2 · largest}. */
    private static double[] nearPermutation(Hyper spec, int size, double largest, Random random) {
        int n = spec.streams();
        int shift = random.nextInt(n);
        double[] logits = new double[size];
        for (int c = 0; c < size; c++) {
            int row = (c - 2 * n) / n;
            boolean preferred = c >= 2 * n && (c - 2 * n) % n == (row + shift) % n;
            double drawn = 0.1 * random.nextDouble() - 0.05 + (preferred ? largest : -largest);
            logits[c] = (float) (c < 2 * n || random.nextInt(4) == 0 ? largest * (2 * random.nextDouble() - 1) : drawn);
        }
        return logits;
    }

    private static double[] differences(Hyper spec, double[] logits, double[] weights) {
        double step = 1e-5;
        double[] out = new double[logits.length];
        for (int i = 0; i < logits.length; i++) {
            double[] moved = logits.clone();
            moved[i] = logits[i] + step;
            double above = dot(StreamFormulas.coefficients(spec, moved), weights);
            moved[i] = logits[i] - step;
            out[i] = (above - dot(StreamFormulas.coefficients(spec, moved), weights)) / (2 * step);
        }
        return out;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static MemorySegment lanes(Arena arena, double[][] values) {
        MemorySegment out = arena.allocate(4L * LANES * values[0].length, 64);
        for (int lane = 0; lane < LANES; lane++) {
            for (int i = 0; i < values[lane].length; i++) {
                out.setAtIndex(ValueLayout.JAVA_FLOAT, (long) i * LANES + lane, (float) values[lane][i]);
            }
        }
        return out;
    }

    private static float[][] lanes(MemorySegment from, int size) {
        float[][] out = new float[LANES][size];
        for (int lane = 0; lane < LANES; lane++) {
            for (int i = 0; i < size; i++) {
                out[lane][i] = from.getAtIndex(ValueLayout.JAVA_FLOAT, (long) i * LANES + lane);
            }
        }
        return out;
    }

    private static float[][] coefficients(StreamMap map, double[][] logits, int outputs) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(4L * LANES * outputs, 64);
            MemorySegment scratch = arena.allocate(4L * (map.scratchFloats() + 1), 64);
            map.forward(lanes(arena, logits).address(), out.address(), scratch.address(), LANES);
            return lanes(out, outputs);
        }
    }

    private static float[][] gradients(StreamMap map, double[][] logits, double[][] weights) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(4L * LANES * logits[0].length, 64);
            MemorySegment scratch = arena.allocate(4L * (map.scratchFloats() + 1), 64);
            map.backward(
                    lanes(arena, logits).address(),
                    lanes(arena, weights).address(),
                    out.address(),
                    scratch.address(),
                    LANES);
            return lanes(out, logits[0].length);
        }
    }

    /** Each destination receives 1 in all, with ε to rounding; in mHC-lite each source gives 1 too. */
    @ParameterizedTest
    @EnumSource(value = Kind.class, names = "CONNECTIONS", mode = EnumSource.Mode.EXCLUDE)
    void destinationsReceiveOne(Kind kind) {
        int n = 4;
        Hyper spec = new Hyper(kind, n, 20, 0, false, Head.SUM);
        Random random = new Random(5);
        double[][] logits = new double[LANES][];
        for (int lane = 0; lane < LANES; lane++) {
            logits[lane] = random.doubles(spec.baseSize(), -8, 8).toArray();
        }
        for (float[] found : coefficients(StreamMap.of(spec), logits, 2 * n + n * n)) {
            for (int k = 0; k < n; k++) {
                double received = 0;
                double given = 0;
                for (int j = 0; j < n; j++) {
                    assertThat(found[2 * n + n * j + k]).isNotNegative();
                    received += found[2 * n + n * j + k];
                    given += found[2 * n + n * k + j];
                }
                assertThat(received).isCloseTo(1, org.assertj.core.data.Offset.offset(1e-6));
                assertThat(given).isBetween(kind == Kind.LITE ? 1 - 1e-6 : 0.1, kind == Kind.LITE ? 1 + 1e-6 : n);
            }
        }
    }
}
