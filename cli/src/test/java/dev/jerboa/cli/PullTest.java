package dev.jerboa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.testkit.SharedFolder;
import dev.jerboa.testkit.hub.TestHub;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models by name through the real command, in a process of its own: from the hub to an answer. */
class PullTest {
    @TempDir
    Path cache;

    private record Ended(int code, String out, String err) {}

    private Ended jerboa(TestHub hub, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "--add-modules=jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        Path out = cache.resolveSibling("out-" + System.nanoTime());
        Path err = cache.resolveSibling("err-" + System.nanoTime());
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().put("HF_ENDPOINT", hub.address());
        builder.environment().put("HF_HUB_CACHE", cache.toString());
        builder.environment().remove("HF_TOKEN");
        int code = builder.start().waitFor();
        return new Ended(code, Files.readString(out), Files.readString(err));
    }

    @Test
    void aModelIsPulledListedRunAndRemoved() throws Exception {
        Path models = SharedFolder.require("models/stories260K");
        try (TestHub hub = new TestHub()
                .with("stories260K-q8_0.gguf", Files.readAllBytes(models.resolve("stories260K-q8_0.gguf")))) {
            Ended before = jerboa(hub, "show", "org/model");
            assertThat(before.code()).as(before.err()).isZero();
            assertThat(before.out()).contains("stories260K-q8_0.gguf").contains("fits");

            Ended run = jerboa(hub, "run", "org/model", "-p", "Once upon a time", "-n", "8", "--temperature", "0");
            assertThat(run.code()).as(run.err()).isZero();
            assertThat(run.out()).startsWith("Once upon a time");
            assertThat(run.err())
                    .contains("org/model at 0123456789ab: stories260K-q8_0.gguf")
                    .contains("verified");

            Ended pull = jerboa(hub, "pull", "org/model");
            assertThat(pull.code()).as(pull.err()).isZero();
            assertThat(Path.of(pull.out().strip())).isRegularFile();

            Ended list = jerboa(hub, "list");
            assertThat(list.out()).contains("org/model").contains("stories260K-q8_0.gguf");

            Ended remove = jerboa(hub, "rm", "org/model");
            assertThat(remove.code()).as(remove.err()).isZero();
            assertThat(jerboa(hub, "list").out()).isEmpty();
        }
    }

    @Test
    void aNameThatThereIsNotIsSaidInOneLine() throws Exception {
        try (TestHub hub = new TestHub().with("config.json", "{}".getBytes(StandardCharsets.UTF_8))) {
            Ended run = jerboa(hub, "run", "org/other", "-p", "x");
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.err().strip().lines().filter(line -> !line.startsWith("WARNING: Using incubator")))
                    .hasSize(1);
            assertThat(run.err()).contains("org/other").contains("no such repository");
        }
    }
}
