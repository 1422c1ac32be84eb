package dev.jerboa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.train.checkpoint.RunFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code train} as a process of its own: killed in the middle and resumed, it ends with the same weights. */
class TrainCommandTest {
    private static final String RECIPE = """
            seed: 5
            model:
              config: {model_type: jerboa, hidden_size: 16, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 2,
                num_key_value_heads: 1, head_dim: 8, rms_norm_eps: 1.0e-6, rope_theta: 10000.0, max_position_embeddings: 32,
                tie_word_embeddings: true, hc_mult: 2}
            data: {kind: synthetic, window: 16}
            optimizer: {rate: 1.0e-2}
            schedule: {steps: 400, warmup: 5}
            batch_tokens: 64
            checkpoint_every: 20
            target_loss: 3.9
            """;

    @TempDir
    Path folder;

    private Process start(String out, String... more) throws IOException {
        Files.writeString(folder.resolve("small.yaml"), RECIPE, StandardCharsets.UTF_8);
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--add-modules=jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.jerboa.cli.Main",
                "train",
                folder.resolve("small.yaml").toString(),
                "--out",
                folder.resolve(out).toString(),
                "--threads",
                "1"));
        line.addAll(List.of(more));
        return new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(out + ".log").toFile())
                .start();
    }

    private String hash(String out) {
        return RunFolder.hash(folder.resolve(out).resolve("step-000400/model.safetensors"));
    }

    @Test
    @Timeout(180)
    void killedAndResumedItEndsWithTheSameWeights() throws IOException, InterruptedException {
        assertThat(start("whole").waitFor()).as(log("whole")).isZero();
        assertThat(log("whole")).contains("sha256 " + hash("whole"), "target 3.90000 reached");
        assertThat(log("whole"))
                .containsPattern("jerboa: \\d+ parameters in .*; [0-9.]+ MiB of memory, [0-9.]+ MiB of it for");
        Process process = start("killed");
        while (process.isAlive()
                && new RunFolder(folder.resolve("killed")).last().isEmpty()) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        process.destroyForcibly().waitFor();
        assertThat(folder.resolve("killed/step-000400")).doesNotExist();
        assertThat(start("killed").waitFor()).isNotZero();
        assertThat(log("killed")).contains("has checkpoints already; --resume goes on");
        assertThat(start("killed", "--resume").waitFor()).as(log("killed")).isZero();
        assertThat(hash("killed")).isEqualTo(hash("whole"));
        assertThat(start("killed", "--resume").waitFor()).as(log("killed")).isZero(); // with nothing left to do
        assertThat(log("killed")).contains("target 3.90000 reached");
    }

    private String log(String out) throws IOException {
        Path file = folder.resolve(out + ".log");
        return Files.exists(file) ? Files.readString(file) : "";
    }
}
