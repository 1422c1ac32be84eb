package dev.jerboa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.ops.CacheType;
import dev.jerboa.model.convert.TypeMix;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.synthetic.SyntheticModel;
import dev.jerboa.model.synthetic.SyntheticShape;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
    @TempDir
    Path folder = Path.of("");

    private static String stories(String file) {
        return SharedFolder.require("models/stories260K").resolve(file).toString();
    }

    private static Map<String, @Nullable Object> story(int number) {
        Object cases = Json.object(Path.of(stories("expect.json"))).get("cases");
        return Json.asObject(Json.asList(cases, "cases").get(number), "case");
    }

    @ParameterizedTest
    @ValueSource(strings = {"stories260K-f32.gguf", ""})
    void runContinuesATextExactly(String file) {
        Session session = Session.run("run", stories(file), "-p", "Once upon a time", "--max-tokens", "100");
        assertThat(session.err()).hasLineCount(1).contains("no chat template");
        assertThat(session.out().stripTrailing())
                .isEqualTo(String.valueOf(story(1).get("text")).stripTrailing());
        assertThat(session.code()).isZero();
    }

    @Test
    void runPrintsOnlyWhatIsNewWhereAsked() {
        Session session = Session.run(
                "run", stories("stories260K-f32.gguf"), "-p", "Once upon a time", "-n", "5", "--raw", "--no-echo");
        assertThat(session.out()).isEqualTo(", there was a little\n");
    }

    @Test
    void runReadsThePromptFromStdinAndPrintsStatisticsWhereAsked() {
        Session session = Session.withInput(
                "Once upon a time\n", "run", stories("stories260K-q8_0.gguf"), "--raw", "-n", "5", "--seed", "3", "-v");
        assertThat(session.code()).isZero();
        assertThat(session.out()).isNotBlank();
        assertThat(session.err()).hasLineCount(1).contains("prompt 5 tokens").contains("reply 5 tokens");
        Session again = Session.run(
                "run", stories("stories260K-q8_0.gguf"), "--raw", "-n", "5", "--seed", "3", "-p", "Once upon a time");
        assertThat(again.out()).isEqualTo(session.out());
        assertThat(again.err()).isEmpty();
    }

    @Test
    void runWithoutAModelAnswersWithTheOneInside() {
        Session session = Session.run("run", "-p", "What is 348 + 275?");
        assertThat(session.err()).hasLineCount(1).contains("the model inside").contains("For a general model");
        assertThat(session.out()).isEqualTo("623\n");
        assertThat(session.code()).isZero();
    }

    @Test
    void runChatsByAGivenTemplate() throws IOException {
        Path template = folder.resolve("my template.jinja");
        Files.writeString(template, "{{ bos_token }}{% for m in messages %}{{ m.content }} {% endfor %}");
        Session session = Session.run(
                "run",
                stories("stories260K-f32.gguf"),
                "--chat-template",
                template.toString(),
                "-p",
                "One day, Lily",
                "--system",
                "A story.",
                "--temperature",
                "0",
                "-n",
                "20",
                "--stop",
                ".");
        assertThat(session.err()).isEmpty();
        assertThat(session.out()).isNotBlank().doesNotContain(".");
        assertThat(session.code()).isZero();
    }

    @Test
    void runSaysWhenTheContextIsFull() {
        Session session = Session.run(
                "run",
                stories("stories260K-f32.gguf"),
                "--raw",
                "-p",
                "Once upon a time",
                "--context",
                "20",
                "--ignore-end");
        assertThat(session.err()).contains("the context of 20 tokens is full");
        assertThat(session.code()).isZero();
        Session tooLong = Session.run(
                "run",
                stories("stories260K-f32.gguf"),
                "--raw",
                "-p",
                "Once upon a time ".repeat(20),
                "--context",
                "20");
        assertThat(tooLong.err()).contains("the context holds 20");
        assertThat(tooLong.code()).isEqualTo(1);
    }

    @Test
    void usersMistakesAreOneLineWithoutTrace() throws IOException {
        String model = stories("stories260K-f32.gguf");
        Path broken = Files.writeString(folder.resolve("broken.gguf"), "GGUF but not really");
        List<Session> mistakes = List.of(
                Session.run("run", "/no/such/model.gguf", "-p", "x"),
                Session.run("run", broken.toString(), "-p", "x"),
                Session.run("run", model, "-p", "x", "--temperature", "-1"),
                Session.run("run", model, "-p", "x", "--context", "100000"),
                Session.run("run", model, "-p", "x", "--chat-template", "/no/such.jinja"),
                Session.run("show", folder.toString()),
                Session.run("tokenize", folder.toString(), "x"),
                Session.run("tokenize", model, "--file", "/no/such.txt"),
                Session.run("render-template", "/no/such.jinja", "--context", "{}"),
                Session.run("render-template", model, "--context", "{}"),
                Session.run("render-template", "/no/such.jinja", "--context", "{oops"),
                Session.run(
                        "logits",
                        model,
                        "--ids",
                        "1,999",
                        "--out",
                        folder.resolve("l").toString()),
                Session.run("logits", model, "--ids", "1", "--out", "/no/such/folder/l"),
                Session.run("bench"),
                Session.run("bench", "--synthetic", "no-shape"),
                Session.run("bench", "--synthetic", "tiny", "--type", "q9"));
        for (Session session : mistakes) {
            assertThat(session.code()).as(session.err()).isEqualTo(1);
            assertThat(session.out()).isEmpty();
            assertThat(session.err()).startsWith("jerboa: ").hasLineCount(1).doesNotContain("Exception");
        }
    }

    @Test
    void wrongUsageIsTwo() {
        for (Session session : List.of(
                Session.run("rum"),
                Session.run("show"),
                Session.run("run", "m", "--nope"),
                Session.run("logits", "m"))) {
            assertThat(session.code()).isEqualTo(2);
            assertThat(session.out()).isEmpty();
            assertThat(session.err()).isNotBlank();
        }
    }

    @Test
    void helpListsCommandsAndExitCodes() {
        Session root = Session.run("--help");
        assertThat(root.code()).isZero();
        assertThat(root.out()).contains("run", "show", "tokenize", "render-template", "logits", "bench", "doctor");
        assertThat(root.out()).doesNotContain("prepare-");
        Session run = Session.run("run", "--help");
        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("--temperature").contains("Exit codes").contains("130");
        assertThat(Session.run("--version").out()).startsWith("jerboa ");
    }

    @Test
    void showTellsSizes() {
        Session text = Session.run("show", stories("stories260K-q8_0.gguf"));
        assertThat(text.code()).isZero();
        assertThat(text.out()).contains("Q8_0").contains("context length").contains("512");
        Map<String, @Nullable Object> json = Json.asObject(
                Json.parse(
                        Session.run("show", stories(""), "--json", "--context", "64")
                                .out(),
                        "show"),
                "show");
        assertThat(json.get("layers")).isEqualTo(5L);
        assertThat(json.get("vocabulary_size")).isEqualTo(512L);
        int bytes = CacheType.named(String.valueOf(json.get("cache_type"))).bytes();
        assertThat(json.get("kv_bytes_per_token")).isEqualTo(5L * 2 * 4 * 8 * bytes); // layers, K and V, heads, size
        assertThat(json.get("kv_bytes")).isEqualTo(64L * 5 * 2 * 4 * 8 * bytes);
        assertThat(json.get("chat_template")).isEqualTo(false);
        assertThat(Json.asObject(json.get("tensor_types"), "types")).containsOnlyKeys("F32");
    }

    @Test
    void showReckonsWhatFitsOfAMixtureOfExperts() {
        Path file = folder.resolve("experts.gguf");
        new SyntheticModel(SyntheticShape.TINY_MANY_EXPERTS, TypeMix.Q8_0).write(file, share -> {});
        String model = file.toString();
        long expert = 3L * 256 * 256 / 32 * 34; // gate, up and down
        String quarter = String.valueOf(3 * 32 * expert / 4);
        Map<String, @Nullable Object> json = Json.asObject(
                Json.parse(
                        Session.run("show", model, "--json", "--expert-cache", quarter, "--disk-bandwidth", "0.5")
                                .out(),
                        "show"),
                "show");
        assertThat(json.get("experts")).isEqualTo(96L);
        assertThat(json.get("expert_bytes")).isEqualTo(3 * 32 * expert);
        assertThat(json.get("experts_that_fit")).isEqualTo(24L);
        assertThat((Long) json.get("active_bytes_per_token")).isGreaterThan(3 * 2 * expert);
        Object estimate = json.get("speed_estimate");
        if (estimate != null) { // null where the machine's memory cannot be measured
            assertThat(Json.asObject(estimate, "estimate"))
                    .containsEntry("hit_rate_uniform_use", 0.25)
                    .containsEntry("disk_gigabytes_per_second", 0.5);
        }
        Session text = Session.run("show", model, "--expert-cache", quarter, "--disk-bandwidth", "0.5");
        assertThat(text.out()).contains("experts that fit       24");
        assertThat(Session.run("show", model, "--expert-cache", "much").err()).contains("--expert-cache much");
        Session run = Session.run("run", model, "--raw", "-p", "a", "-n", "4", "-v", "--expert-cache", quarter);
        assertThat(run.code()).isZero();
        assertThat(run.err())
                .contains("24 of 96 experts fit in ")
                .contains("[experts: 24 of 96 in ")
                .contains("needed were there");
        assertThat(run.out())
                .isEqualTo(
                        Session.run("run", model, "--raw", "-p", "a", "-n", "4").out());
    }

    @Test
    void tokenizePrintsIdsAndTexts() throws IOException {
        String model = stories("stories260K-f32.gguf");
        assertThat(Session.run("tokenize", model, "Hello world").out())
                .isEqualTo("1\t<s>\n346\t▁He\n306\tll\n414\to\n263\t▁w\n304\tor\n341\tld\n");
        assertThat(Session.run("tokenize", model, "--ids", "--no-bos", "Hello world")
                        .out())
                .isEqualTo("346 306 414 263 304 341\n");
        Path file = Files.writeString(folder.resolve("text"), "Hello world");
        assertThat(Session.run("tokenize", model, "--ids", "--file", file.toString())
                        .out())
                .isEqualTo("1 346 306 414 263 304 341\n");
        assertThat(Session.withInput("Hello world", "tokenize", model, "--ids", "--no-bos")
                        .out())
                .isEqualTo("346 306 414 263 304 341\n");
    }

    @Test
    void renderTemplatePrintsThePromptExactly() throws IOException {
        Path template = Files.writeString(
                folder.resolve("t.jinja"), "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}");
        String variables = "{\"messages\": [{\"role\": \"user\", \"content\": \"Grüß dich\"}]}";
        Session inline = Session.run("render-template", template.toString(), "--context", variables);
        assertThat(inline.out()).isEqualTo("<user>Grüß dich");
        assertThat(inline.code()).isZero();
        Path file = Files.writeString(folder.resolve("variables.json"), variables);
        assertThat(Session.run("render-template", template.toString(), "--context", file.toString())
                        .out())
                .isEqualTo("<user>Grüß dich");
        Files.writeString(template, "{{ raise_exception('no system message please') }}");
        Session refused = Session.run("render-template", template.toString(), "--context", variables);
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).hasLineCount(1).contains("no system message please");
    }

    @Test
    void logitsWritesOneRowAToken() throws IOException {
        Path whole = folder.resolve("whole");
        Path chunked = folder.resolve("chunked");
        String ids = "1,403,407,261,378";
        assertThat(Session.run("logits", stories(""), "--ids", ids, "--out", whole.toString())
                        .code())
                .isZero();
        assertThat(Session.run(
                                "logits",
                                stories("stories260K-f32.gguf"),
                                "--ids",
                                "1 403 407 261 378",
                                "--chunk",
                                "2",
                                "--out",
                                chunked.toString())
                        .code())
                .isZero();
        FloatBuffer a = floats(whole);
        FloatBuffer b = floats(chunked);
        assertThat(a.remaining()).isEqualTo(5 * 512);
        int best = 0;
        for (int i = 0; i < a.remaining(); i++) {
            assertThat(Math.abs(a.get(i) - b.get(i))).isLessThan(1e-4f);
            if (i >= 4 * 512 && a.get(i) > a.get(4 * 512 + best)) {
                best = i - 4 * 512;
            }
        }
        assertThat((long) best)
                .isEqualTo(Json.asList(story(1).get("greedy"), "greedy").getFirst());
    }

    /** As reference implementations do, which it is compared with. */
    @Test
    void logitsGoesPastTheContext() throws IOException {
        Path out = folder.resolve("past");
        String ids = "403,".repeat(513) + "407";
        Session session = Session.run("logits", stories(""), "--ids", ids, "--out", out.toString());
        assertThat(session.code()).isZero();
        assertThat(session.err()).contains("514 ids", "made for 512 positions");
        assertThat(floats(out).remaining()).isEqualTo(514 * 512);
    }

    private static FloatBuffer floats(Path file) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(file))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
    }

    @Test
    void benchMeasuresSyntheticModels() {
        Path saved = folder.resolve("tiny.gguf");
        Session session = Session.run(
                "bench",
                "--synthetic",
                "tiny",
                "--type",
                "q4_0",
                "-p",
                "40",
                "-n",
                "4",
                "-r",
                "2",
                "--step",
                "16",
                "--threads",
                "1",
                "--json",
                "--save",
                saved.toString());
        assertThat(session.code()).as(session.err()).isZero();
        Map<String, @Nullable Object> json = Json.asObject(Json.parse(session.out(), "bench"), "bench");
        for (String key : List.of("prompt_tokens_per_second", "generation_tokens_per_second", "load_millis")) {
            assertThat((Double) json.get(key)).as(key).isPositive();
        }
        assertThat((Long) json.get("weight_bytes_per_token")).isPositive();
        if (json.get("fma_peak_gflops") != null) {
            // of 40 tokens, each passes two layers and one the head
            double multiplyAdds = 40 * 2 * 256.0 * (2 * 256 + 2 * 128 + 3 * 512) + 512 * 256;
            assertThat(number(json, "prompt_fraction_of_fma_peak"))
                    .isCloseTo(
                            2e-9
                                    * multiplyAdds
                                    / 40
                                    * number(json, "prompt_tokens_per_second")
                                    / number(json, "fma_peak_gflops"),
                            within(1e-6));
            assertThat(number(json, "generation_fraction_of_read_peak"))
                    .isCloseTo(
                            number(json, "generation_gigabytes_per_second")
                                    / number(json, "read_peak_gigabytes_per_second"),
                            within(1e-6));
            assertThat(number(json, "byte_product_peak_gops")).isPositive();
        }
        assertThat(json.get("pages")).isIn("mapped", "small", "huge");
        assertThat(json.get("threads")).isEqualTo(1L);
        assertThat(json).containsKeys("kernel_tier", "peak_rss_bytes", "generation_tokens_per_second_min");
        assertThat(saved).exists();
        Session deep =
                Session.run("bench", saved.toString(), "-p", "0", "-n", "3", "-d", "100", "-r", "1", "--step", "33");
        assertThat(deep.out()).contains("generation tokens per second");
        assertThat(Session.run("bench", saved.toString(), "-p", "400", "-n", "3", "-d", "200", "-r", "1")
                        .err())
                .contains("600 tokens do not fit");
    }

    private static double number(Map<String, @Nullable Object> json, String key) {
        return json.get(key) instanceof Number value ? value.doubleValue() : Double.NaN;
    }

    @Test
    void doctorTellsTheKernels() {
        Session session = Session.run("doctor");
        assertThat(session.code()).isZero();
        assertThat(session.out()).contains("kernels").contains("jdk").contains("memory");
    }

    @Test
    void doctorTellsWhatIsChosenForAModel() {
        Path file = folder.resolve("model.gguf");
        new SyntheticModel(SyntheticShape.TINY_MANY_EXPERTS, TypeMix.Q8_0).write(file, share -> {});
        Session session = Session.run("doctor", file.toString());
        assertThat(session.code()).isZero();
        assertThat(session.out()).contains("kernels").contains("guesses").contains("where they are asked for");
        assertThat(session.out()).containsPattern("experts +\\d+ of .*, all in memory");
        Session missing = Session.run("doctor", folder.resolve("none.gguf").toString());
        assertThat(missing.code()).isNotZero();
        assertThat(missing.err()).contains("none.gguf");
    }

    /** Guesses are off for models that keep running states, and are said to be. */
    @Test
    void doctorTellsThatNothingIsGuessed() {
        Session session = Session.run(
                "doctor", SharedFolder.require("oracle/hf/qwen3_next").toString());
        assertThat(session.code()).isZero();
        assertThat(session.out()).contains("off, whatever is asked for: the model keeps running states");
    }
}
