package dev.jerboa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.model.convert.TypeMix;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.synthetic.SyntheticModel;
import dev.jerboa.model.synthetic.SyntheticShape;
import dev.jerboa.testkit.SharedFolder;
import dev.jerboa.testkit.hub.TestHub;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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

    private static Map<String, @Nullable Object> object(@Nullable Object value) {
        return Json.asObject(value, "output");
    }

    /** Numbers are those of the same model here; of its file no more is fetched than its header. */
    @Test
    void aModelThatIsNotHereIsShownByTheBeginningsOfItsFiles() throws Exception {
        Path file = cache.resolveSibling("experts-Q8_0.gguf");
        new SyntheticModel(SyntheticShape.TINY_MANY_EXPERTS, TypeMix.Q8_0).write(file, share -> {});
        String[] how = {"--json", "--expert-cache", "1MiB", "--disk-bandwidth", "0.5"};
        try (TestHub hub = new TestHub().with("experts-Q8_0.gguf", Files.readAllBytes(file))) {
            Ended away = jerboa(
                    hub,
                    Stream.concat(Stream.of("show", "org/model"), Stream.of(how))
                            .toArray(String[]::new));
            assertThat(away.code()).as(away.err()).isZero();
            Ended here = jerboa(
                    hub,
                    Stream.concat(Stream.of("show", file.toString()), Stream.of(how))
                            .toArray(String[]::new));
            Map<String, @Nullable Object> of = object(Json.parse(away.out(), "output"));
            Map<String, @Nullable Object> same = object(Json.parse(here.out(), "output"));
            assertThat(of).containsEntry("on_this_machine", false).doesNotContainKeys("path", "tokenizer");
            for (String key : List.of(
                    "family",
                    "parameters",
                    "weight_bytes",
                    "kv_bytes_per_token",
                    "active_bytes_per_token",
                    "experts_that_fit",
                    "context_that_fits")) {
                assertThat(of.get(key)).as(key).isNotNull().isEqualTo(same.get(key));
            }
            if (same.get("speed_estimate") != null) { // null where the machine's memory cannot be measured
                assertThat(object(of.get("speed_estimate")))
                        .containsEntry("disk_gigabytes_per_second", 0.5)
                        .containsKey("tokens_per_second_skewed_use");
            }
            assertThat(Files.size(file)).isGreaterThan(4 << 20);
            assertThat(hub.sent("experts-Q8_0.gguf")).isLessThan(1 << 20);
            assertThat(jerboa(hub, "show", "org/model", "--template").err()).contains("is not on this machine");
            assertThat(jerboa(hub, "list").out()).isEmpty();
        }
    }

    @Test
    void aFolderThatIsNotHereIsShownToo() throws Exception {
        Path folder = SharedFolder.require("models/stories260K");
        try (TestHub hub = new TestHub()
                .with("config.json", Files.readAllBytes(folder.resolve("config.json")))
                .with("tokenizer.json", new byte[1 << 20])
                .with("model.safetensors", Files.readAllBytes(folder.resolve("model.safetensors")))) {
            Ended show = jerboa(hub, "show", "org/model");
            assertThat(show.code()).as(show.err()).isZero();
            assertThat(show.out())
                    .containsPattern("family +llama")
                    .contains("context that fits      512")
                    .contains("speed estimate");
            assertThat(hub.sent("tokenizer.json")).isZero();
        }
        try (TestHub hub = new TestHub()
                .with("config.json", "{\"model_type\": \"other\"}".getBytes(StandardCharsets.UTF_8))
                .with("model.safetensors", new byte[100_000])) {
            Ended show = jerboa(hub, "show", "org/model");
            assertThat(show.code()).as(show.err()).isZero();
            assertThat(show.out())
                    .contains("not known")
                    .contains("model.safetensors")
                    .contains("fits");
        }
    }

    @Test
    void aFileThatStaysDamagedIsNotSaidToBeVerified() throws Exception {
        try (TestHub hub = new TestHub().with("model-Q8_0.gguf", new byte[100_000])) {
            hub.corruptions.set(1000);
            Ended pull = jerboa(hub, "pull", "org/model");
            assertThat(pull.code()).isEqualTo(1);
            assertThat(pull.err()).contains("is damaged").doesNotContain("verified");
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
