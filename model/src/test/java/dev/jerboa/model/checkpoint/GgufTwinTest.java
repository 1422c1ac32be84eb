package dev.jerboa.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.convert.Conversion;
import dev.jerboa.model.convert.ConversionPlan;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.safetensors.SafetensorsFolder;
import dev.jerboa.model.tensor.TensorSource;
import dev.jerboa.testkit.SharedFolder;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Reference folders of every family that GGUF has an architecture for, converted: the logits of the references. */
class GgufTwinTest {
    /** Folders that GGUF cannot say: windows on some layers, and families without an architecture. */
    static final List<String> UNSAID = List.of("ministral", "qwen2_swa", "minimax", "glm5_next");

    /** Those of {@link OracleTest} that it can. */
    static final List<String> FOLDERS = OracleTest.FAMILIES.stream()
            .filter(folder -> !UNSAID.contains(folder))
            .toList();

    static Stream<String> folders() {
        return FOLDERS.stream().filter(folder -> folder.matches(System.getProperty("jerboa.oracle", ".*")));
    }

    static Stream<String> unsaid() {
        return UNSAID.stream();
    }

    @TempDir
    private Path folder;

    @ParameterizedTest
    @MethodSource("folders")
    void agreesWithTheReference(String name) {
        Path published = SharedFolder.require("oracle/hf/" + name);
        Path file = folder.resolve("model.gguf");
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2)) {
            try (Checkpoint from = Checkpoint.open(published)) {
                ConversionPlan plan = ConversionPlan.of(from);
                assertThat(plan.leftOut()).allMatch(tensor -> tensor.startsWith("mtp."));
                new Conversion(team, (done, total) -> {}).toGguf(plan, Optional.empty(), null, file);
            }
            TensorSource expected = SafetensorsFolder.open(published.resolve("expect.safetensors"), arena);
            try (Checkpoint checkpoint = Checkpoint.open(file);
                    Decoder decoder = checkpoint.load(OpsProvider.ops(), Ops.Precision.EXACT, team, 128)) {
                for (int i = 0; i < 3; i++) {
                    int[] prompt = OracleTest.integers(expected.tensor("prompt." + i));
                    float[] logits = expected.tensor("logits." + i).floats();
                    assertThat(OracleTest.distance(new OneSequence(decoder).logits(prompt, 11), logits))
                            .as("largest difference over the standard deviation, prompt %d", i)
                            .isLessThan(1e-3);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("unsaid")
    void whatGgufCannotSayIsRefused(String name) {
        try (Checkpoint from = Checkpoint.open(SharedFolder.require("oracle/hf/" + name))) {
            assertThatThrownBy(() -> ConversionPlan.of(from))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("config.json");
        }
    }
}
