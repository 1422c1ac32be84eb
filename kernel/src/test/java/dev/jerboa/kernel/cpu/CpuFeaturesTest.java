package dev.jerboa.kernel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.cpu.CpuFeatures.Feature;
import org.junit.jupiter.api.Test;

class CpuFeaturesTest {
    /** Two cores of two threads each, numbered as Linux does: siblings far apart. */
    private static String hyperThreaded() {
        StringBuilder text = new StringBuilder();
        for (int cpu = 0; cpu < 4; cpu++) {
            text.append("processor\t: ").append(cpu).append('\n');
            text.append("model name\t: Example 9000 @ 3.0GHz: fast\n");
            text.append("physical id\t: 0\ncore id\t\t: ").append(cpu % 2).append('\n');
            text.append("flags\t\t: fpu avx avx2 fma f16c avx512f avx512_vnni avx_vnni\n\n");
        }
        return text.toString();
    }

    @Test
    void countsCoresNotThreads() {
        CpuFeatures cpu = CpuFeatures.parse(hyperThreaded(), "Name:\tjava\nCpus_allowed_list:\t0-3\n", 4);
        assertThat(cpu.name()).isEqualTo("Example 9000 @ 3.0GHz: fast");
        assertThat(cpu.logicalCpus()).isEqualTo(4);
        assertThat(cpu.usableCpus()).isEqualTo(4);
        assertThat(cpu.teamCpus()).containsExactly(0, 1);
        assertThat(cpu.features())
                .containsExactlyInAnyOrder(
                        Feature.AVX2,
                        Feature.FMA,
                        Feature.F16C,
                        Feature.AVX512F,
                        Feature.AVX512_VNNI,
                        Feature.AVX_VNNI);
    }

    @Test
    void affinityAndContainerLimitsCount() {
        assertThat(CpuFeatures.parse(hyperThreaded(), "Cpus_allowed_list:\t1,3\n", 2)
                        .teamCpus())
                .containsExactly(1);
        assertThat(CpuFeatures.parse(hyperThreaded(), "Cpus_allowed_list:\t0-3\n", 1)
                        .teamCpus())
                .containsExactly(0);
    }

    @Test
    void withoutCpuInfoTheJvmIsBelieved() {
        CpuFeatures cpu = CpuFeatures.parse("", "", 3);
        assertThat(cpu.teamCpus()).containsExactly(0, 1, 2);
        assertThat(cpu.features()).isEmpty();
        assertThat(cpu.name()).isNotBlank();
    }

    @Test
    void nonsenseDoesNotHurt() {
        CpuFeatures cpu = CpuFeatures.parse(
                "processor: x\nprocessor: 99999999999\n:::\nflags\n", "Cpus_allowed_list:\t5-2,a-b\n", 0);
        assertThat(cpu.usableCores()).isEqualTo(1);
    }

    @Test
    void armNamesItsFeaturesDifferently() {
        CpuFeatures cpu = CpuFeatures.parse(
                "processor : 0\nFeatures : fp asimd asimddp i8mm sve\n\nprocessor : 1\nFeatures : fp asimd\n", "", 2);
        assertThat(cpu.teamCpus()).containsExactly(0, 1);
        assertThat(cpu.features()).contains(Feature.ASIMD, Feature.ASIMDDP, Feature.I8MM, Feature.SVE);
    }

    @Test
    void thisMachineCanBeRead() {
        CpuFeatures here = CpuFeatures.here();
        assertThat(here.usableCores()).isBetween(1, Runtime.getRuntime().availableProcessors());
        assertThat(here.logicalCpus()).isGreaterThanOrEqualTo(here.usableCpus());
    }
}
