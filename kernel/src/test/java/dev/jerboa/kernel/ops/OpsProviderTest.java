package dev.jerboa.kernel.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.jerboa.kernel.cpu.CpuFeatures;
import dev.jerboa.kernel.cpu.CpuFeatures.Feature;
import dev.jerboa.kernel.ops.OpsProvider.Choice;
import dev.jerboa.kernel.ops.OpsProvider.Tier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class OpsProviderTest {
    /** What runs best here: the tests' JVM has the module of the vector tier. */
    private static Tier best() {
        return CpuFeatures.here().features().containsAll(Set.of(Feature.AVX2, Feature.FMA, Feature.F16C))
                ? Tier.MACHINE
                : Tier.VECTOR;
    }

    @Test
    void takesTheBestTierThatRuns() {
        Choice choice = OpsProvider.choose(null);
        assertThat(choice.tier()).isEqualTo(best());
        assertThat(choice.ops().tier()).matches("vector-(128|256|512)|machine-(avx2|avx-vnni|avx512-vnni|avx512-bf16)");
        if (choice.tier() == Tier.MACHINE) {
            assertThat(choice.unavailable()).isEmpty();
            assertThat(choice.description()).startsWith("kernels: machine-").doesNotContain("not available");
        }
        assertThat(OpsProvider.ops()).isSameAs(OpsProvider.ops());
    }

    @Test
    void aTierCanBeForced() {
        for (Tier tier : Tier.values()) {
            if (tier == Tier.MACHINE && best() != tier) {
                continue;
            }
            Choice choice = OpsProvider.choose(tier.key());
            assertThat(choice.tier()).isEqualTo(tier);
            assertThat(choice.ops().tier()).startsWith(tier.key());
            assertThat(choice.description()).contains("forced by -Djerboa.kernel");
        }
        assertThat(OpsProvider.choose(" ").tier()).isEqualTo(best());
    }

    @Test
    void anUnknownTierIsAnErrorThatNamesTheOthers() {
        assertThatThrownBy(() -> OpsProvider.choose("warp"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("warp")
                .hasMessageContaining("VECTOR")
                .hasMessageContaining("SCALAR");
    }

    /** Prints the choice of a process of its own. */
    static final class Probe {
        private Probe() {}

        public static void main(String[] arguments) {
            String said;
            try {
                said = OpsProvider.choice().description();
            } catch (IllegalStateException | ExceptionInInitializerError e) {
                said = "refused: " + (e.getCause() == null ? e : e.getCause()).getMessage();
            }
            System.err.println("said: " + said);
        }
    }

    private static String probe(String... flags) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.addAll(List.of(flags));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Probe.class.getName()));
        Path errors = Path.of(
                System.getProperty("java.io.tmpdir"),
                "probe-" + ProcessHandle.current().pid() + ".txt");
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        assertThat(out).as("standard output is the caller's").isEmpty();
        String said = java.nio.file.Files.readString(errors);
        java.nio.file.Files.delete(errors);
        return said;
    }

    @Test
    @Timeout(60)
    void whatCannotRunIsToldAndTheNextIsTaken() throws Exception {
        String noMachineCode = "-Dos.arch=aarch64"; // as if of another processor
        assertThat(probe(noMachineCode))
                .contains("kernels: scalar (the best tier that can run)")
                .contains("not available: machine: this JVM runs on aarch64; the kernels are for x86-64")
                .contains("; vector: the module jdk.incubator.vector is not loaded")
                .contains("--add-modules=jdk.incubator.vector")
                .doesNotContain("NoClassDefFoundError");
        assertThat(probe(noMachineCode, "--add-modules=jdk.incubator.vector"))
                .contains("kernels: vector-")
                .contains("(the best tier that can run)");
        assertThat(probe(noMachineCode, "-Djerboa.kernel=machine"))
                .contains("refused: -Djerboa.kernel=machine cannot be met: this JVM runs on aarch64");
        assertThat(probe("-Djerboa.kernel=vector"))
                .contains("refused: -Djerboa.kernel=vector cannot be met")
                .contains("start java with --add-modules=jdk.incubator.vector");
    }

    @Test
    @Timeout(60)
    void machineCodeNeedsNoIncubatorModule() throws Exception {
        assumeThat(best()).as("the best tier").isEqualTo(Tier.MACHINE);
        assertThat(probe("-Xlog:class+load=info:stderr"))
                .contains("kernels: machine-")
                .contains("(the best tier there is)")
                .doesNotContain("jdk.incubator")
                .doesNotContain("dev.jerboa.kernel.ops.vector");
        assertThat(probe("--illegal-native-access=deny", "--enable-native-access=java.base"))
                .contains("kernels: scalar")
                .contains("machine: native access is denied: start java with --enable-native-access=ALL-UNNAMED");
        assertThat(probe("-Djerboa.isa=avx2", "-Djerboa.kernel=machine")).contains("kernels: machine-avx2 (forced");
        assertThat(probe("-Djerboa.isa=mmx")).contains("refused: -Djerboa.isa=mmx names no instruction set");
    }

    @Test
    @Timeout(60)
    void oneLineIsLoggedAtTheLevelAskedFor() throws Exception {
        String vector = "--add-modules=jdk.incubator.vector";
        String logger = OpsProvider.class.getName();
        assertThat(probe(vector)).containsOnlyOnce("kernels: ").doesNotContain(logger);
        assertThat(probe(vector, "-Djerboa.kernel.log=INFO", "-Djerboa.kernel=scalar"))
                .contains("INFO: kernels: scalar (forced by -Djerboa.kernel)");
    }
}
