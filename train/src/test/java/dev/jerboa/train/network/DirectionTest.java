package dev.jerboa.train.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.model.decoder.ResidualSpec;
import dev.jerboa.train.autograd.Parameter;
import dev.jerboa.train.data.Batch;
import dev.jerboa.train.network.SmallNetwork.Attending;
import dev.jerboa.train.network.SmallNetwork.Feeding;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole networks along directions in the space of all weights: the gradient's product with a direction against the loss's
 * differences. Catches what tests of single operations cannot: terms that are missing where a tensor is used twice (tied head,
 * embeddings of multi-token prediction, shared rotary keys).
 */
class DirectionTest {
    /** The first step; a fifth of it, and of that, where the loss bends too much. */
    private static final double STEP = 5e-4;

    private static final double TOLERANCE = 2e-3;

    /** Every kind of residual with every kind of attention and of feed-forward unit. */
    static Stream<ResidualSpec> residuals() {
        return SmallNetwork.residuals();
    }

    @ParameterizedTest
    @MethodSource("residuals")
    void lossAlongDirections(ResidualSpec residual) {
        Batch batch = SmallNetwork.batch(5, 7, 1, 6);
        double worst = 0;
        for (Attending attending : Attending.values()) {
            for (Feeding feeding : Feeding.values()) {
                try (SmallNetwork small = new SmallNetwork(residual, attending, feeding, 2, 16, 1)) {
                    small.stir(3);
                    small.lossWithGradients(batch);
                    worst = Math.max(worst, verify(small, batch, attending + " " + feeding));
                }
            }
        }
        System.out.printf("%s: worst difference along a direction %.1e of the gradient%n", residual, worst);
    }

    private static double verify(SmallNetwork small, Batch batch, String name) {
        Map<String, float[]> gradients = small.gradients();
        Map<String, float[]> values = small.values();
        Random random = new Random(17);
        double size = 0;
        for (float[] gradient : gradients.values()) {
            for (float g : gradient) {
                size += (double) g * g;
            }
        }
        double worst = 0;
        for (int direction = 0; direction < 4; direction++) {
            Map<Parameter, double[]> v = new java.util.LinkedHashMap<>();
            for (Parameter parameter : small.network.parameters().all()) {
                // The last direction is the gradient's own, of length 1.
                double[] drawn = new double[(int) parameter.elements()];
                float[] gradient = gradients.getOrDefault(parameter.name(), new float[0]);
                double scale = 1 / Math.sqrt(size);
                boolean own = direction == 3;
                Arrays.setAll(drawn, i -> own ? scale * gradient[i] : 2 * random.nextDouble() - 1);
                v.put(parameter, drawn);
            }
            double error = Double.POSITIVE_INFINITY;
            for (double step = STEP; error > TOLERANCE && step > STEP / 40; step /= 5) {
                error = error(small, batch, v, step, gradients, values, Math.sqrt(size));
            }
            worst = Math.max(worst, error);
            assertThat(error).as("%s, direction %d", name, direction).isLessThan(TOLERANCE);
        }
        return worst;
    }

    /** What differences, extrapolated from two steps, differ by from the gradient's product with a direction. */
    private static double error(
            SmallNetwork small,
            Batch batch,
            Map<Parameter, double[]> v,
            double step,
            Map<String, float[]> gradients,
            Map<String, float[]> values,
            double size) {
        Direction near = new Direction();
        Direction far = new Direction();
        v.forEach((parameter, drawn) -> {
            float[] gradient = gradients.getOrDefault(parameter.name(), new float[0]);
            near.add(parameter, drawn, step / 2, gradient);
            far.add(parameter, drawn, step, gradient);
        });
        double found = (4 * near.slope(small, batch, values) - far.slope(small, batch, values)) / 3;
        return Math.abs(found - near.along) / (size + Math.abs(near.along));
    }

    /** Steps to either side, as float32 can say them, and the gradient's product with them. */
    private static final class Direction {
        private final Map<Parameter, float[]> above = new java.util.LinkedHashMap<>();
        private final Map<Parameter, float[]> below = new java.util.LinkedHashMap<>();
        private double step;
        private double along;

        void add(Parameter parameter, double[] v, double step, float[] gradient) {
            this.step = step;
            float[] kept = SmallNetwork.floats(parameter.value());
            float[] up = new float[v.length];
            float[] down = new float[v.length];
            for (int i = 0; i < v.length; i++) {
                up[i] = (float) (kept[i] + step * v[i]);
                down[i] = (float) (kept[i] - step * v[i]);
                along += gradient[i] * ((double) up[i] - down[i]) / (2 * step);
            }
            above.put(parameter, up);
            below.put(parameter, down);
        }

        double slope(SmallNetwork small, Batch batch, Map<String, float[]> values) {
            above.forEach(Direction::put);
            double up = small.loss(batch);
            below.forEach(Direction::put);
            double down = small.loss(batch);
            above.keySet().forEach(parameter -> put(parameter, values.getOrDefault(parameter.name(), new float[0])));
            return (up - down) / (2 * step);
        }

        private static void put(Parameter parameter, float[] values) {
            for (int i = 0; i < values.length; i++) {
                parameter.value().data().setAtIndex(FloatRows.FLOAT, i, values[i]);
            }
        }
    }
}
