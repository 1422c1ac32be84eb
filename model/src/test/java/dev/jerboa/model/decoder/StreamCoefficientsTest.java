package dev.jerboa.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.memory.FloatRows;
import dev.jerboa.model.decoder.ResidualSpec.Head;
import dev.jerboa.model.decoder.ResidualSpec.Hyper;
import dev.jerboa.model.decoder.ResidualSpec.Kind;
import java.lang.foreign.Arena;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class StreamCoefficientsTest {
    @Example
    void permutationsAreInLexicographicOrder() {
        assertThat(StreamCoefficients.permutations(1)).containsExactly(0);
        assertThat(StreamCoefficients.permutations(3))
                .containsExactly(0, 1, 2, 0, 2, 1, 1, 0, 2, 1, 2, 0, 2, 0, 1, 2, 1, 0);
        assertThat(StreamCoefficients.permutations(4)).hasSize(96).startsWith(0, 1, 2, 3, 0, 1, 3, 2, 0, 2, 1, 3);
    }

    @Property(tries = 200)
    void liteMixesByDoublyStochasticMatrices(@ForAll @IntRange(min = 1, max = 4) int n, @ForAll long seed) {
        Hyper spec = new Hyper(Kind.LITE, n, 1, 0, false, Head.SUM);
        Random random = new Random(seed);
        float[] m = new float[spec.functionRows()];
        for (int i = 0; i < m.length; i++) {
            m[i] = (float) random.nextGaussian() * 4;
        }
        float[] mix = mix(spec, m);
        for (int i = 0; i < n; i++) {
            double row = 0;
            double column = 0;
            for (int j = 0; j < n; j++) {
                row += mix[j * (n + 1) + i];
                column += mix[i * (n + 1) + j];
                assertThat(mix[i * (n + 1) + j]).isBetween(0f, 1.000001f);
            }
            assertThat(row).isCloseTo(1, within(2e-6));
            assertThat(column).isCloseTo(1, within(2e-6));
        }
    }

    /** Permutation 3 of three streams is (1, 2, 0): source 0 goes to destination 1. */
    @Example
    void aPermutationMovesSourceToDestination() {
        float[] m = new float[12];
        m[6 + 3] = 200;
        float[] mix = mix(new Hyper(Kind.LITE, 3, 1, 0, false, Head.SUM), m);
        float[] destination1 = {mix[4], mix[5], mix[6]};
        float[] destination0 = {mix[0], mix[1], mix[2]};
        assertThat(destination1).containsExactly(1, 0, 0);
        assertThat(destination0).containsExactly(0, 0, 1);
    }

    @Example
    void numbersOutOfRangeAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Hyper(Kind.LITE, 5, 1, 0, false, Head.SUM))
                .withMessage("hyper-connections (LITE) of 5 streams, expected 1 to 4");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Hyper(Kind.MANIFOLD, 17, 1, 0, false, Head.SUM))
                .withMessageContaining("expected 1 to 16");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Hyper(Kind.MANIFOLD, 4, 0, 0, false, Head.SUM))
                .withMessageContaining("0 Sinkhorn iterations");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Hyper(Kind.MANIFOLD, 4, 1, Float.NaN, false, Head.SUM))
                .withMessageContaining("epsilon of NaN");
    }

    private static float[] mix(Hyper spec, float[] m) {
        int n = spec.streams();
        float[] mix = new float[n * (n + 1)];
        FloatRows none = FloatRows.allocate(Arena.ofAuto(), 0, 0);
        HyperResidual.Site site = new HyperResidual.Site(none, new float[spec.baseSize()], new float[] {1, 1, 1});
        new StreamCoefficients(spec).site(m, site, new float[n], 0, mix, 0);
        return mix;
    }
}
