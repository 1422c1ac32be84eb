package dev.jerboa.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.ModelException;
import dev.jerboa.testkit.SharedFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user reads when a model cannot be opened: the file, the key or tensor, expected and found. */
class CheckpointErrorsTest {
    @Test
    void missingPath(@TempDir Path folder) {
        assertThatThrownBy(() -> Checkpoint.open(folder.resolve("no.gguf")))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("no.gguf")
                .hasMessageContaining("no such file");
    }

    @Test
    void folderWithoutConfiguration(@TempDir Path folder) {
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("config.json");
    }

    @Test
    void unknownFamilySaysWhichAreKnown(@TempDir Path folder) throws Exception {
        copy(folder, "\"model_type\": \"llama\"", "\"model_type\": \"parrot\"");
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("'parrot'")
                .hasMessageContaining("qwen3");
    }

    @Test
    void keyOfTheWrongKindNamesIt(@TempDir Path folder) throws Exception {
        copy(folder, "\"num_attention_heads\": 4", "\"num_attention_heads\": \"four\"");
        assertThatThrownBy(() -> Checkpoint.open(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("num_attention_heads")
                .hasMessageContaining("a string")
                .hasMessageContaining("an integer");
    }

    @Test
    void shapesThatDoNotFitTheConfigurationNameTheTensor(@TempDir Path folder) throws Exception {
        copy(folder, "\"intermediate_size\": 128", "\"intermediate_size\": 96");
        try (Checkpoint checkpoint = Checkpoint.open(folder);
                Team team = Team.ofSize(1)) {
            assertThatThrownBy(() -> checkpoint.load(OpsProvider.ops(), Ops.Precision.EXACT, team, 8))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("mlp.gate_proj.weight")
                    .hasMessageContaining("96");
        }
    }

    @Test
    void missingTensorIsNamed(@TempDir Path folder) throws Exception {
        copy(folder, "\"num_hidden_layers\": 4", "\"num_hidden_layers\": 5");
        try (Checkpoint checkpoint = Checkpoint.open(folder);
                Team team = Team.ofSize(1)) {
            assertThatThrownBy(() -> checkpoint.load(OpsProvider.ops(), Ops.Precision.EXACT, team, 8))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("model.layers.4");
        }
    }

    @Test
    void defaultsOfTheSmallModel() {
        try (Checkpoint checkpoint = Checkpoint.open(SharedFolder.require("models/stories260K"))) {
            assertThat(checkpoint.generationDefaults().endTokens()).contains(2);
            assertThat(checkpoint.spec().layers()).hasSize(5);
            assertThat(checkpoint.parameterCount()).isBetween(250_000L, 300_000L);
        }
    }

    private static void copy(Path folder, String from, String to) throws Exception {
        Path source = SharedFolder.require("oracle/hf/llama3");
        String config = Files.readString(source.resolve("config.json"));
        assertThat(config).contains(from);
        Files.writeString(folder.resolve("config.json"), config.replace(from, to));
        Files.createSymbolicLink(
                folder.resolve("model.safetensors"),
                source.resolve("model.safetensors").toAbsolutePath());
    }
}
