package dev.jerboa.train.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.model.decoder.ResidualSpec;
import dev.jerboa.model.decoder.ResidualSpec.Head;
import dev.jerboa.model.decoder.ResidualSpec.Hyper;
import dev.jerboa.model.decoder.ResidualSpec.Kind;
import dev.jerboa.train.autograd.Parameter;
import dev.jerboa.train.data.Batch;
import dev.jerboa.train.network.SmallNetwork.Attending;
import dev.jerboa.train.network.SmallNetwork.Feeding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What networks do as a whole. */
class NetworkTest {
    static Stream<Arguments> kinds() {
        List<Arguments> all = new ArrayList<>();
        SmallNetwork.residuals().forEach(residual -> {
            for (Object[] parts : SmallNetwork.parts()) {
                all.add(Arguments.of(residual, parts[0], parts[1]));
            }
        });
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void sameBitsByAnyTeamAndAgain(ResidualSpec residual, Attending attending, Feeding feeding) {
        Batch batch = SmallNetwork.batch(5, 9, 1, 30, 4);
        double loss = 0;
        Map<String, float[]> gradients = Map.of();
        for (int workers = 1; workers <= 3; workers++) {
            try (SmallNetwork small = new SmallNetwork(residual, attending, feeding, 2, 64, workers)) {
                small.stir(3);
                for (int run = 0; run < (workers == 1 ? 2 : 1); run++) {
                    double found = small.lossWithGradients(batch);
                    if (gradients.isEmpty()) {
                        loss = found;
                        gradients = small.gradients();
                    }
                    assertThat(found).as("loss by %d", workers).isEqualTo(loss);
                    Map<String, float[]> again = small.gradients();
                    gradients.forEach((name, gradient) ->
                            assertThat(again.get(name)).as(name).isEqualTo(gradient));
                }
            }
        }
        assertThat(loss).isFinite();
    }

    /** A network that knows nothing yet gives every token the same chance. */
    @ParameterizedTest
    @MethodSource("kinds")
    void freshNetworksKnowNothing(ResidualSpec residual, Attending attending, Feeding feeding) {
        Batch batch = SmallNetwork.batch(5, 20, 9);
        try (SmallNetwork small = new SmallNetwork(residual, attending, feeding, 2, 32, 1)) {
            Initial.set(small.network, 1, 0.006, -2);
            small.loss(batch);
            double even = Math.log(SmallNetwork.VOCABULARY);
            assertThat(small.network.loss().loss()).isCloseTo(even, within(0.02 * even));
            assertThat(small.network.aheadLoss().orElseThrow().loss())
                    .isCloseTo(SmallNetwork.AHEAD * even * 25 / 27, within(0.02 * even * SmallNetwork.AHEAD));
        }
    }

    /** Fresh weights as {@link Initial} draws them: streams that are alike stay alike. */
    @ParameterizedTest
    @MethodSource("kinds")
    void freshStreamsAreThePlainNetwork(ResidualSpec residual, Attending attending, Feeding feeding) {
        try (SmallNetwork streams = new SmallNetwork(residual, attending, feeding, 3, 32, 1);
                SmallNetwork plain = new SmallNetwork(ResidualSpec.PLAIN, attending, feeding, 3, 32, 1)) {
            Initial.set(streams.network, 1, 0.3, -2);
            assertSame(streams, plain, 1e-4);
        }
    }

    /** Reading gives each stream 1/n, writing 1 to all; mixing by anything that gives each destination 1 in all. */
    @ParameterizedTest
    @MethodSource("manifolds")
    void anyMixingOfLikeStreamsIsThePlainNetwork(Hyper hyper) {
        int n = hyper.streams();
        Random random = new Random(23);
        try (SmallNetwork streams = new SmallNetwork(hyper, Attending.LATENT, Feeding.SIGMOID, 3, 32, 1);
                SmallNetwork plain =
                        new SmallNetwork(ResidualSpec.PLAIN, Attending.LATENT, Feeding.SIGMOID, 3, 32, 1)) {
            streams.stir(3);
            double read = n == 1 ? 40 : -Math.log(n - 1.0);
            for (Parameter parameter : streams.network.parameters().all()) {
                String name = parameter.name();
                if (name.contains("hc_head")) {
                    double[] values = new double[(int) parameter.elements()];
                    java.util.Arrays.fill(values, name.endsWith("base") ? read : 0);
                    streams.set(name, values);
                } else if (name.endsWith("_scale")) {
                    streams.set(name, 0, 0, 0);
                } else if (name.endsWith("_base")) {
                    double[] base = random.doubles(parameter.elements(), -4, 4).toArray();
                    for (int j = 0; j < n; j++) {
                        base[j] = read;
                        base[n + j] = 0;
                    }
                    streams.set(name, base);
                }
            }
            assertSame(streams, plain, 2e-5);
        }
    }

    static Stream<Hyper> manifolds() {
        List<Hyper> all = new ArrayList<>();
        for (Head head : new Head[] {Head.LEARNED, Head.MEAN, Head.SUM}) {
            for (int n = 1; n <= 4; n++) {
                all.add(new Hyper(Kind.MANIFOLD, n, 7, 0, n == 3, head));
                all.add(new Hyper(Kind.LITE, n, 1, 0, n == 2, head));
            }
        }
        return all.stream();
    }

    /** The loss, and the gradients of all parameters that both have. */
    private static void assertSame(SmallNetwork streams, SmallNetwork plain, double tolerance) {
        Batch batch = SmallNetwork.batch(5, 11, 1, 8);
        plain.take(streams);
        double expected = plain.lossWithGradients(batch);
        assertThat(streams.lossWithGradients(batch)).isCloseTo(expected, within(tolerance * expected));
        Map<String, float[]> found = streams.gradients();
        plain.gradients().forEach((name, gradient) -> {
            double largest = 1e-2;
            for (float g : gradient) {
                largest = Math.max(largest, Math.abs(g));
            }
            assertThat(found.get(name)).as(name).containsExactly(gradient, within((float) (20 * tolerance * largest)));
        });
    }

    static Stream<Arguments> learners() {
        return Stream.of(
                Arguments.of(ResidualSpec.PLAIN, Attending.GROUPED, Feeding.DENSE),
                Arguments.of(
                        new Hyper(Kind.MANIFOLD, 4, 20, 1e-6f, false, Head.LEARNED),
                        Attending.LATENT_QUERIES,
                        Feeding.SIGMOID),
                Arguments.of(new Hyper(Kind.LITE, 3, 1, 1e-6f, true, Head.MEAN), Attending.LATENT, Feeding.ROOT),
                Arguments.of(
                        new Hyper(Kind.CONNECTIONS, 2, 1, 1e-6f, false, Head.SUM), Attending.GROUPED, Feeding.SOFTMAX));
    }

    /** One batch, learned by heart. */
    @ParameterizedTest
    @MethodSource("learners")
    void learnsABatchByHeart(ResidualSpec residual, Attending attending, Feeding feeding) {
        Batch batch = SmallNetwork.batch(5, 12, 10, 8);
        try (SmallNetwork small = new SmallNetwork(residual, attending, feeding, 2, 32, 1, 0.001)) {
            Initial.set(small.network, 1, 0.1, -2);
            Adam adam = new Adam();
            int steps = 0;
            do {
                small.lossWithGradients(batch);
                adam.step(small, 0.01);
                steps++;
            } while (small.network.loss().loss() > 0.01 && steps < 600);
            System.out.printf(
                    "%s %s %s: loss %.4f after %d steps%n",
                    residual, attending, feeding, small.network.loss().loss(), steps);
            assertThat(small.network.loss().loss()).isLessThan(0.01);
        }
    }

    /** Adam (arXiv 1412.6980). */
    private static final class Adam {
        private final Map<Parameter, double[][]> moments = new java.util.HashMap<>();
        private int steps;

        void step(SmallNetwork small, double rate) {
            steps++;
            for (Parameter parameter : small.network.parameters().all()) {
                float[] gradient = SmallNetwork.floats(parameter.gradient());
                double[][] m = moments.computeIfAbsent(parameter, p -> new double[2][gradient.length]);
                for (int i = 0; i < gradient.length; i++) {
                    m[0][i] = 0.9 * m[0][i] + 0.1 * gradient[i];
                    m[1][i] = 0.99 * m[1][i] + 0.01 * gradient[i] * gradient[i];
                    double mean = m[0][i] / (1 - Math.pow(0.9, steps));
                    double square = m[1][i] / (1 - Math.pow(0.99, steps));
                    float old = parameter.value().data().getAtIndex(FloatRows.FLOAT, i);
                    parameter.value().data().setAtIndex(FloatRows.FLOAT, i, (float)
                            (old - rate * mean / (Math.sqrt(square) + 1e-12)));
                }
            }
        }
    }
}
