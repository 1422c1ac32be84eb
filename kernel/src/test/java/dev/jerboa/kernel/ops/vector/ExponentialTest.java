package dev.jerboa.kernel.ops.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class ExponentialTest {
    @Test
    void staysWithinTwoUnitsInTheLastPlace() {
        double worst = 0;
        for (float x = -87; x < 88.7f; x += 0.000_731f) {
            double exact = Math.exp(x);
            worst = Math.max(worst, Math.abs(Exponential.of(x) - exact) / Math.ulp((float) exact));
        }
        assertThat(worst).isLessThan(2);
    }

    @Test
    void lanesAndSingleValuesHaveTheSameBits() {
        Random random = new Random(1);
        float[] in = new float[Lanes.COUNT];
        float[] out = new float[Lanes.COUNT];
        for (int round = 0; round < 20_000; round++) {
            for (int i = 0; i < in.length; i++) {
                in[i] = round < 10_000 ? (float) random.nextGaussian() * 40 : Float.intBitsToFloat(random.nextInt());
            }
            Exponential.of(FloatVector.fromArray(Lanes.FLOATS, in, 0)).intoArray(out, 0);
            for (int i = 0; i < in.length; i++) {
                assertThat(Float.floatToIntBits(out[i]))
                        .as("e to the %s", in[i])
                        .isEqualTo(Float.floatToIntBits(Exponential.of(in[i])));
            }
        }
    }

    @Test
    void theEndsOfTheRange() {
        assertThat(Exponential.of(0f)).isEqualTo(1f);
        assertThat(Exponential.of(-0f)).isEqualTo(1f);
        assertThat(Exponential.of(Float.NEGATIVE_INFINITY)).isEqualTo(0f);
        assertThat(Exponential.of(-1e30f)).isEqualTo(0f);
        assertThat(Exponential.of(Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(Exponential.of(89f)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(Exponential.of(Float.NaN)).isNaN();
        for (float x = -103.9f; x < -87; x += 0.01f) {
            assertThat((double) Exponential.of(x))
                    .isBetween(Math.exp(x) - 2 * Float.MIN_VALUE, Math.exp(x) + 2 * Float.MIN_VALUE);
        }
    }
}
