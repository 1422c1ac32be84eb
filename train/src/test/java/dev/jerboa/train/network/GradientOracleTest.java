package dev.jerboa.train.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.testkit.SharedFolder;
import dev.jerboa.train.autograd.Parts;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Losses and all gradients against those of automatic differentiation in torch. */
class GradientOracleTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "mhc_mla_moe",
                "llama3",
                "qwen3",
                "qwen3_moe",
                "mixtral",
                "deepseek_v2_lite",
                "deepseek_v3",
                "deepseek_v3_noq",
                "deepseek_v4_hfcfg"
            })
    void lossAndAllGradients(String name) {
        Path folder = SharedFolder.require("oracle/train/" + name);
        try (Team team = Team.ofSize(2)) {
            GradientCheck.Result result = GradientCheck.of(folder, team);
            for (Parts parts : Parts.values()) {
                assertThat(GradientCheck.of(folder, new Recompute(1, parts), team))
                        .as("%s again", parts)
                        .isEqualTo(result);
            }
            System.out.printf(
                    "%s: loss %.7f (%.7f), worst gradient %.2e of %d, %s%n",
                    name,
                    result.loss(),
                    result.expectedLoss(),
                    result.worst(),
                    result.differences().size(),
                    result.differences().getFirst());
            assertThat(result.loss())
                    .isCloseTo(
                            result.expectedLoss(), org.assertj.core.data.Offset.offset(1e-5 * result.expectedLoss()));
            assertThat(result.worst()).isLessThan(1e-4);
            assertThat(result.missing()).allMatch(GradientOracleTest::chooses);
        }
    }

    /** Whether a parameter only says which experts are chosen, which has no derivative. */
    private static boolean chooses(String parameter) {
        return parameter.endsWith("e_score_correction_bias")
                || parameter.endsWith(".ffn.gate.bias")
                || parameter.endsWith(".ffn.gate.tid2eid");
    }
}
