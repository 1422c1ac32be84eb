package dev.jerboa.kernel.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.ops.OpsProvider.Choice;
import dev.jerboa.kernel.ops.OpsProvider.Tier;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class OpsProviderTest {
    @Test
    void takesTheBestTierThatRuns() {
        Choice choice = OpsProvider.choose(null);
        assertThat(choice.tier()).isEqualTo(Tier.VECTOR);
        assertThat(choice.ops().tier()).matches("vector-(128|256|512)");
        assertThat(choice.unavailable()).isEmpty();
        assertThat(choice.description()).startsWith("kernels: vector-").doesNotContain("not available");
        assertThat(OpsProvider.ops()).isSameAs(OpsProvider.ops());
    }

    @Test
    void aTierCanBeForced() {
        for (Tier tier : Tier.values()) {
            Choice choice = OpsProvider.choose(tier.key());
            assertThat(choice.tier()).isEqualTo(tier);
            assertThat(choice.ops().tier()).startsWith(tier.key());
            assertThat(choice.description()).contains("forced by -Djerboa.kernel");
        }
        assertThat(OpsProvider.choose(" ").tier()).isEqualTo(Tier.VECTOR);
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
    void withoutTheVectorModuleItFallsBackAloud() throws Exception {
        assertThat(probe())
                .contains("kernels: scalar (the best tier that can run)")
                .contains("not available: vector: the module jdk.incubator.vector is not loaded")
                .contains("--add-modules jdk.incubator.vector")
                .doesNotContain("NoClassDefFoundError");
        assertThat(probe("-Djerboa.kernel=vector")).contains("refused: -Djerboa.kernel=vector cannot be met");
    }

    @Test
    @Timeout(60)
    void oneLineIsLoggedAtTheLevelAskedFor() throws Exception {
        String vector = "--add-modules=jdk.incubator.vector";
        String logger = OpsProvider.class.getName();
        assertThat(probe(vector)).containsOnlyOnce("kernels: vector-").doesNotContain(logger);
        assertThat(probe(vector, "-Djerboa.kernel.log=INFO", "-Djerboa.kernel=scalar"))
                .contains("INFO: kernels: scalar (forced by -Djerboa.kernel)");
    }
}
