package dev.jerboa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.model.json.Json;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code eval perplexity} and {@code eval run} on the small trained model. */
class EvalCommandsTest {
    private static final String STORY =
            "Once upon a time, there was a little girl named Lily. She loved to play outside in the"
                    + " park. One day, she saw a big, red ball.\n";

    @TempDir
    Path folder = Path.of("");

    private static String model(String type) {
        return SharedFolder.require("models/stories260K/stories260K-" + type + ".gguf")
                .toString();
    }

    private static Session run(String... line) {
        Session session = Session.run(line);
        assertThat(session.code()).as(session.err()).isZero();
        return session;
    }

    private static String fault(String... line) {
        Session session = Session.run(line);
        assertThat(session.code()).isEqualTo(1);
        assertThat(session.err()).hasLineCount(1);
        return session.err();
    }

    private static Map<String, @Nullable Object> object(@Nullable Object value) {
        return Json.asObject(value, "output");
    }

    private static double value(Map<String, @Nullable Object> all, String key) {
        return object(all.get(key)).get("value") instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    @Test
    void perplexityAndDistanceFromAnotherModel() throws IOException {
        String text =
                Files.writeString(folder.resolve("story.txt"), STORY.repeat(12)).toString();
        String f32 = model("f32");
        String logits = folder.resolve("f32.logits").toString();
        Session plain = run("eval", "perplexity", f32, text, "--context", "64", "--save-logits", logits);
        assertThat(plain.out())
                .contains("chunks of 64 tokens, second half scored")
                .contains("perplexity ")
                .contains("bits per byte ")
                .doesNotContain("KL");
        Session sliding = run("eval", "perplexity", f32, text, "--context", "64", "--stride", "16", "--chunks", "5");
        assertThat(sliding.out()).contains("sliding window of 64 tokens, stride 16; 5 windows, 127 tokens scored");

        String[] live = {"eval", "perplexity", model("q8_0"), text, "--context", "64", "--json", "--kl-against", f32};
        String[] stored = live.clone();
        stored[stored.length - 1] = logits;
        Map<String, @Nullable Object> besides = object(Json.parse(run(live).out(), "output"));
        Map<String, @Nullable Object> file = object(Json.parse(run(stored).out(), "output"));
        assertThat(besides).containsEntry("method", "chunks").containsEntry("context", 64L);
        assertThat(value(besides, "kl_mean")).isBetween(1e-7, 0.01);
        assertThat(value(file, "kl_mean")).isBetween(0.5 * value(besides, "kl_mean"), 2 * value(besides, "kl_mean"));
        assertThat(value(file, "perplexity_difference")).isEqualTo(value(besides, "perplexity_difference"));
        assertThat(value(besides, "same_top")).isBetween(0.9, 1.0);
        assertThat(plain.out()).contains("%.4f".formatted(value(object(besides.get("base")), "perplexity")));
        assertThat(run("eval", "perplexity", f32, text, "--context", "64", "--kl-against", f32)
                        .out())
                .contains("mean 0.000000 ± 0.000000")
                .contains("same top token 100.000 ± 0.000 %")
                .contains("perplexity less the base's +0.0000 ± 0.0000");

        assertThat(fault("eval", "perplexity", f32, text, "--context", "64", "--save-logits", text))
                .contains("is there already");
        assertThat(text).satisfies(path -> assertThat(Path.of(path)).hasContent(STORY.repeat(12)));
        assertThat(fault("eval", "perplexity", f32, text, "--context", "64", "--kl-against", damaged(logits)))
                .contains("damaged");
        assertThat(fault("eval", "perplexity", f32, text, "--context", "63", "--kl-against", logits))
                .contains("its context is 64, this run's is 63");
        assertThat(fault("eval", "perplexity", f32, text, "--context", "9999")).contains("made for 512 positions");
        assertThat(fault("eval", "perplexity", f32, text, "--method", "fast")).contains("expected chunks or sliding");
        assertThat(fault("eval", "perplexity", f32, text, "--method", "chunks", "--stride", "3"))
                .contains("--stride goes with --method sliding");
        String few = Files.writeString(folder.resolve("few.txt"), "Hi").toString();
        assertThat(fault("eval", "perplexity", f32, few)).contains("too few for chunks of 512");
    }

    /** A copy whose first row's step is no number. */
    private String damaged(String logits) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(Path.of(logits))).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putFloat(8 + 4 + bytes.getInt(8) + 4, Float.NaN);
        return Files.write(folder.resolve("damaged.logits"), bytes.array()).toString();
    }

    @Test
    void aDescribedTaskRunsAndGoesOn() throws IOException {
        StringBuilder lines = new StringBuilder();
        for (String word : List.of("girl", "boy", "dog", "cat", "bird")) {
            lines.append("{\"who\": \"%s\", \"right\": \"upon a time\", \"wrong\": \"zebra quickly\", \"key\": \"A\"}\n"
                    .formatted(word));
        }
        Files.writeString(folder.resolve("data.jsonl"), lines.toString());
        String task = Files.writeString(folder.resolve("task.yaml"), """
                name: beginnings
                data: data.jsonl
                description: "Stories of a {{ who }}.\\n"
                prompt: "Once"
                choices: ["{{ right }}", "{{ wrong }}"]
                answer: "{{ key }}"
                answer_as: letter
                shots: 1
                separator: "\\n"
                """).toString();
        String out = folder.resolve("run").toString();
        Session session = run("eval", "run", model("f32"), task, "--out", out);
        assertThat(session.out())
                .contains("beginnings (template)")
                .contains("1 shots")
                .containsPattern("acc +all +5 +100.00 %");
        byte[] log = Files.readAllBytes(folder.resolve("run/items.jsonl"));
        byte[] results = Files.readAllBytes(folder.resolve("run/results.json"));
        Files.write(folder.resolve("run/items.jsonl"), Arrays.copyOf(log, log.length / 2));
        Session again =
                run("eval", "run", model("f32"), task, "--out", out, "--resume", "--threads", "1", "--batch", "1");
        assertThat(again.out()).isEqualTo(session.out());
        assertThat(Files.readAllBytes(folder.resolve("run/items.jsonl"))).isEqualTo(log);
        assertThat(Files.readAllBytes(folder.resolve("run/results.json"))).isEqualTo(results);
        assertThat(fault("eval", "run", model("q8_0"), task, "--out", out, "--resume"))
                .contains("the run was begun with model");
        assertThat(fault("eval", "run", model("f32"), task, "--out", out)).contains("--resume");
        Map<String, @Nullable Object> json = object(Json.parse(
                run("eval", "run", model("f32"), task, "--limit", "2", "--json").out(), "output"));
        assertThat(object(json.get("settings"))).containsEntry("items", 2L).containsEntry("shots", 1L);
    }

    /** A process is killed in the middle of a run; another goes on and ends with the bytes of one that was left alone. */
    @Test
    void aKilledRunEndsAsOneThatWasNot() throws IOException, InterruptedException {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 60; i++) {
            lines.append("{\"prompt\": \"Story %d. Once upon a time\", \"answer\": \"there\"}\n".formatted(i));
        }
        String task = Files.writeString(folder.resolve("stories.jsonl"), lines.toString())
                .toString();
        Path killed = folder.resolve("killed");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "--add-modules=jdk.incubator.vector",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "eval",
                        "run",
                        model("f32"),
                        task,
                        "--batch",
                        "1",
                        "--out",
                        killed.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
        Path log = killed.resolve("items.jsonl");
        while (process.isAlive() && !(Files.exists(log) && Files.size(log) > 0)) {
            Thread.sleep(2);
        }
        process.destroyForcibly().waitFor();
        assertThat(Files.readString(log).lines().count())
                .as("items before the kill, %s", Files.readString(folder.resolve("output")))
                .isBetween(1L, 59L);
        run("eval", "run", model("f32"), task, "--out", killed.toString(), "--resume");
        Path whole = folder.resolve("whole");
        run("eval", "run", model("f32"), task, "--out", whole.toString(), "--batch", "64");
        for (String name : List.of("items.jsonl", "results.json", "settings.json")) {
            assertThat(Files.readAllBytes(killed.resolve(name))).isEqualTo(Files.readAllBytes(whole.resolve(name)));
        }
    }

    @Test
    void mistakesAreToldInOneLine() throws IOException {
        String task = Files.writeString(
                        folder.resolve("task.yaml"), "name: x\ndata: d.jsonl\nprompt: p\nanswer: a\nshot: 1\n")
                .toString();
        assertThat(fault("eval", "run", "model", task)).contains("task.yaml:5: unknown key shot");
        String bad = Files.writeString(
                        folder.resolve("bad.jsonl"), "{\"prompt\": \"a\", \"answer\": \"b\"}\n{\"prompt\": }\n")
                .toString();
        assertThat(fault("eval", "run", "model", bad)).contains("bad.jsonl:2: not readable as JSON");
        String code = Files.writeString(folder.resolve("mbpp.jsonl"), "{\"text\": \"a\", \"code\": \"b\"}\n")
                .toString();
        assertThat(fault("eval", "run", "model", code)).contains("mbpp is a code task");
        String good = Files.writeString(folder.resolve("good.jsonl"), "{\"prompt\": \"a\", \"answer\": \"b\"}\n")
                .toString();
        assertThat(fault("eval", "run", model("f32"), good, "--resume")).contains("--resume needs the folder");
        assertThat(fault("eval", "run", model("f32"), good, "--chat")).contains("no chat template");
        assertThat(fault("eval", "run", model("f32"), good, "--shots", "1")).contains("ask for fewer");
    }
}
