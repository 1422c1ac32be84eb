package dev.jerboa.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.kernel.ops.scalar.ScalarOps;
import dev.jerboa.kernel.ops.vector.VectorOps;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.safetensors.SafetensorsFolder;
import dev.jerboa.model.tensor.TensorSource;
import dev.jerboa.testkit.SharedFolder;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Families in the tiers that this machine would not choose, against the logits and greedy tokens that {@link OracleTest} has. */
class OtherTiersTest {
    private static final double TOLERANCE = 1e-3;

    /** Latent attention in its kinds; all families where {@code jerboa.oracle} asks for some. */
    static Stream<String> families() {
        String asked = System.getProperty("jerboa.oracle");
        return asked == null
                ? Stream.of("mistral4", "glm_moe_dsa", "glm4_moe_lite")
                : OracleTest.FAMILIES.stream().filter(family -> family.matches(asked));
    }

    @ParameterizedTest
    @MethodSource("families")
    void agreeWithTheReference(String family) {
        Path folder = SharedFolder.require("oracle/hf/" + family);
        String chosen = OpsProvider.ops().tier();
        for (Ops ops : new Ops[] {VectorOps.create(), new ScalarOps()}) {
            if (ops.tier().equals(chosen)) {
                continue;
            }
            try (Arena arena = Arena.ofShared();
                    Team team = Team.ofSize(2);
                    Checkpoint checkpoint = Checkpoint.open(folder);
                    Decoder decoder = checkpoint.load(ops, Ops.Precision.EXACT, team, 288)) {
                TensorSource expected = SafetensorsFolder.open(folder.resolve("expect.safetensors"), arena);
                OneSequence run = new OneSequence(decoder);
                int[] prompt = OracleTest.integers(expected.tensor("prompt.2"));
                float[][] whole = run.logits(prompt, prompt.length);
                assertThat(OracleTest.distance(
                                whole, expected.tensor("logits.2").floats()))
                        .as("%s: largest difference over the standard deviation", ops.tier())
                        .isLessThan(TOLERANCE);
                assertThat(run.logits(prompt, 7))
                        .as("%s in chunks of 7", ops.tier())
                        .isDeepEqualTo(whole);
                int[] greedy = OracleTest.integers(expected.tensor("greedy"));
                assertThat(run.greedy(OracleTest.integers(expected.tensor("prompt.1")), greedy.length))
                        .as("%s", ops.tier())
                        .isEqualTo(greedy);
            }
        }
    }
}
