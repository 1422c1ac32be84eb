package dev.jerboa.kernel.ops.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.jerboa.kernel.cpu.CpuFeatures;
import dev.jerboa.kernel.cpu.CpuFeatures.Feature;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProcessorTest {
    /** What a processor with everything answers, by leaf and subleaf. */
    private static Map<Long, int[]> everything() {
        Map<Long, int[]> leaves = new HashMap<>();
        leaves.put(key(0, 0), new int[] {0x1F, 0, 0, 0});
        leaves.put(key(1, 0), new int[] {0, 0, 1 << 12 | 1 << 26 | 1 << 27 | 1 << 28 | 1 << 29, 0});
        leaves.put(key(7, 0), new int[] {1, 1 << 5 | 1 << 16 | 1 << 17 | 1 << 30 | 1 << 31, 1 << 11, 0});
        leaves.put(key(7, 1), new int[] {1 << 4 | 1 << 5, 0, 0, 0});
        return leaves;
    }

    private static long key(int leaf, int subleaf) {
        return (long) leaf << 32 | subleaf;
    }

    private static Processor.Identification answering(Map<Long, int[]> leaves, int saved) {
        return new Processor.Identification() {
            @Override
            public int[] leaf(int leaf, int subleaf) {
                return leaves.getOrDefault(key(leaf, subleaf), new int[4]);
            }

            @Override
            public int saved() {
                return saved;
            }
        };
    }

    @Test
    void saysWhatLinuxSays() {
        assumeThat(Processor.isX64()).as("x86-64").isTrue();
        CpuFeatures linux = CpuFeatures.here();
        assumeThat(linux.features()).as("/proc/cpuinfo").isNotEmpty();
        try (Arena arena = Arena.ofConfined()) {
            CpuFeatures asked = Processor.complete(linux, Processor.asked(arena));
            assertThat(asked.name()).isNotBlank(); // a virtual machine may call it otherwise than the system does
            assertThat(new CpuFeatures(
                            linux.name(), asked.features(), asked.logicalCpus(), asked.usableCpus(), asked.teamCpus()))
                    .isEqualTo(linux);
        }
        assertThat(Processor.here()).isSameAs(linux);
    }

    @Test
    void readsEveryFeature() {
        assertThat(Processor.features(answering(everything(), 0xE7)))
                .containsExactlyInAnyOrder(
                        Feature.AVX2,
                        Feature.FMA,
                        Feature.F16C,
                        Feature.AVX512F,
                        Feature.AVX512BW,
                        Feature.AVX512DQ,
                        Feature.AVX512VL,
                        Feature.AVX512_VNNI,
                        Feature.AVX512_BF16,
                        Feature.AVX_VNNI);
    }

    @Test
    void registersThatTheSystemDoesNotSaveDoNotCount() {
        assertThat(Processor.features(answering(everything(), 0x67)))
                .isEqualTo(Set.of(Feature.AVX2, Feature.FMA, Feature.F16C, Feature.AVX_VNNI));
        assertThat(Processor.features(answering(everything(), 0x3))).isEmpty();
        Map<Long, int[]> noXsave = everything();
        noXsave.put(key(1, 0), new int[] {0, 0, 1 << 12 | 1 << 28 | 1 << 29, 0});
        assertThat(Processor.features(answering(noXsave, 0xE7))).isEmpty();
    }

    @Test
    void leavesThatDoNotExistAreNotAsked() {
        Map<Long, int[]> old = everything();
        old.put(key(0, 0), new int[] {6, 0, 0, 0});
        assertThat(Processor.features(answering(old, 0xE7))).isEmpty();
        Map<Long, int[]> noSubleaf = everything();
        noSubleaf.put(key(7, 0), new int[] {0, 1 << 5, 0, 0});
        assertThat(Processor.features(answering(noSubleaf, 0xE7)))
                .isEqualTo(Set.of(Feature.AVX2, Feature.FMA, Feature.F16C));
        assertThat(Processor.name(answering(old, 0))).isEmpty();
    }
}
