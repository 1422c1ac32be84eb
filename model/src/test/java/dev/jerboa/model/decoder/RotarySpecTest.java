package dev.jerboa.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.ops.RotaryTable.Layout;
import org.junit.jupiter.api.Test;

/** Frequencies against the formulas of the papers, at values worked out by hand. */
class RotarySpecTest {
    @Test
    void plainFrequenciesFallGeometrically() {
        double[] f = spec(4, 100, new RotarySpec.Unscaled()).frequencies();
        assertThat(f).containsExactly(new double[] {1, 0.1}, within(1e-12));
    }

    @Test
    void linearDividesAll() {
        double[] f = spec(4, 100, new RotarySpec.Linear(4)).frequencies();
        assertThat(f).containsExactly(new double[] {0.25, 0.025}, within(1e-12));
    }

    @Test
    void llama3KeepsShortWavesStretchesLongOnesAndRampsBetween() {
        // wavelengths 2π, 2π·10, 2π·100, 2π·1000 against bounds 8192/4 = 2048 and 8192/1 = 8192
        RotarySpec.Llama3 scaling = new RotarySpec.Llama3(8, 1, 4, 8192);
        double[] f = spec(8, 10_000, scaling).frequencies();
        assertThat(f[0]).isEqualTo(1.0);
        assertThat(f[2]).isCloseTo(0.01, within(1e-12));
        double wavelength = 2 * Math.PI * 1000;
        double s = (8192 / wavelength - 1) / 3;
        assertThat(f[3]).isCloseTo((1 - s) * 0.001 / 8 + s * 0.001, within(1e-12));
        double[] longer = spec(8, 1e8, scaling).frequencies();
        assertThat(longer[3]).isCloseTo(1e-6 / 8, within(1e-15));
    }

    @Test
    void yarnRampsOverTheIndex() {
        RotarySpec.Yarn scaling = new RotarySpec.Yarn(40, 4096, 32, 1, true, 1);
        double[] f = spec(64, 10_000, scaling).frequencies();
        // dim(32) = 64·ln(4096/(64π))/(2 ln 10⁴) = 10.47 → 10; dim(1) = 64·ln(4096/2π)/(2 ln 10⁴) = 22.51 → 23
        assertThat(f[10]).isCloseTo(Math.pow(10_000, -20.0 / 64), within(1e-12));
        assertThat(f[23]).isCloseTo(Math.pow(10_000, -46.0 / 64) / 40, within(1e-12));
        double plain = Math.pow(10_000, -32.0 / 64);
        double ramp = 6.0 / 13;
        assertThat(f[16]).isCloseTo(plain * (1 - ramp) + plain / 40 * ramp, within(1e-12));
    }

    @Test
    void yarnMagnitudeOfDeepSeekV3() {
        double m = RotarySpec.Yarn.magnitude(40, 1);
        assertThat(m * m).isCloseTo(1.8739, within(1e-4));
    }

    private static RotarySpec spec(int dims, double base, RotarySpec.Scaling scaling) {
        return new RotarySpec(dims, Layout.HALF_SPLIT, base, scaling);
    }
}
