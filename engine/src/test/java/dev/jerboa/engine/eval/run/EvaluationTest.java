package dev.jerboa.engine.eval.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.engine.cache.KvCache;
import dev.jerboa.engine.cache.Sequence;
import dev.jerboa.engine.eval.EvalException;
import dev.jerboa.engine.eval.task.Item;
import dev.jerboa.engine.eval.task.JsonLines;
import dev.jerboa.engine.eval.task.Shots;
import dev.jerboa.engine.eval.task.Task;
import dev.jerboa.engine.generate.GenerateOptions;
import dev.jerboa.engine.generate.Jerboa;
import dev.jerboa.engine.generate.LanguageModel;
import dev.jerboa.engine.generate.OpenOptions;
import dev.jerboa.engine.sample.SamplingOptions;
import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.checkpoint.Checkpoint;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.Step;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks on the small trained model: scores are those of plain loops, and the same however a run is made. */
class EvaluationTest {
    private static final List<String> NAMES = List.of("Tom", "Lily", "the dog", "a big red ball", "Ben", "Mum");

    @TempDir
    Path folder = Path.of("");

    private static Path model() {
        return SharedFolder.require("models/stories260K/stories260K-f32.gguf");
    }

    private static LanguageModel open(int threads) {
        return Jerboa.open(
                model(),
                OpenOptions.defaults().withPrecision(Ops.Precision.EXACT).withThreads(threads));
    }

    private Task choices(int items) throws IOException {
        Random random = new Random(1);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < items; i++) {
            String a = NAMES.get(random.nextInt(6));
            lines.append("{\"prompt\": \"Once upon a time, %s saw %s. Then %s said:\", "
                    .formatted(a, NAMES.get(random.nextInt(6)), a));
            lines.append(
                    "\"choices\": [\"I like you\", \"zebra\", \"Hello, %s!\"], \"answer\": %d, \"group\": \"%s\"}\n"
                            .formatted(NAMES.get(random.nextInt(6)), random.nextInt(3), i % 2 == 0 ? "even" : "odd"));
        }
        return Task.detected(
                "stories", JsonLines.read(Files.writeString(folder.resolve("stories.jsonl"), lines.toString())));
    }

    private Task written() throws IOException {
        String lines = """
                {"prompt": "Once upon a time, there was a", "answer": "little girl"}
                {"prompt": "Tom and Lily", "answer": "were"}
                {"prompt": "One day", "answer": "a"}
                """;
        return Task.detected("open", JsonLines.read(Files.writeString(folder.resolve("open.jsonl"), lines)));
    }

    private static Shots shots(Task task, int count) {
        return new Shots(task.items(), true, count, OptionalLong.empty());
    }

    private static Evaluation.Options options(int inFlight) {
        return new Evaluation.Options(0, false, inFlight, 5);
    }

    /** Scores every token of a text after those before it, all logits of one step, sums by exp and log. */
    private static double logProbability(Decoder decoder, int[] tokens, int from) {
        double sum = 0;
        try (KvCache cache = KvCache.open(decoder.cacheShape(), tokens.length)) {
            Sequence sequence = cache.sequence(tokens.length);
            sequence.reserve(tokens.length);
            Step step = decoder.step();
            for (int p = 0; p < tokens.length; p++) {
                step.add(tokens[p], p, sequence.pages(), true);
            }
            decoder.forward(step, cache.layers());
            for (int p = from; p < tokens.length; p++) {
                float[] logits = step.logits().row(p - 1);
                double total = 0;
                for (float logit : logits) {
                    total += Math.exp((double) logit - logits[tokens[p]]);
                }
                sum -= Math.log(total);
            }
        }
        return sum;
    }

    @Test
    void choicesAreScoredAsByPlainLoops() throws IOException {
        Task task = choices(12);
        int[] right = new int[2];
        double[][] expected = new double[12][3];
        try (Team team = Team.ofSize(1);
                Checkpoint checkpoint = Checkpoint.open(model());
                Decoder decoder = checkpoint.load(OpsProvider.ops(), Ops.Precision.EXACT, team, 512)) {
            Tokenizer tokenizer = checkpoint.tokenizer().orElseThrow();
            for (int i = 0; i < 12; i++) {
                Item.Choices item = (Item.Choices) task.items().get(i);
                Item.Example example = task.items().get(i < 2 ? i + 2 : i % 2).example(); // of its group, not itself
                int best = 0;
                int normed = 0;
                double[] perByte = new double[3];
                for (int c = 0; c < 3; c++) {
                    String context = example.question() + example.answer() + "\n\n"
                            + item.choices().get(c).context();
                    String text = item.choices().get(c).text();
                    int[] whole = withBos(tokenizer.encode(context + " " + text, false));
                    int from = 1 + tokenizer.encode(context, false).length;
                    expected[i][c] = logProbability(decoder, whole, from);
                    perByte[c] = expected[i][c] / text.getBytes(StandardCharsets.UTF_8).length;
                    best = expected[i][c] > expected[i][best] ? c : best;
                    normed = perByte[c] > perByte[normed] ? c : normed;
                }
                right[0] += best == item.right() ? 1 : 0;
                right[1] += normed == item.right() ? 1 : 0;
            }
        }
        try (LanguageModel model = open(2);
                RunFolder run = RunFolder.open(folder.resolve("run"), Map.of("a", 1), false)) {
            Report report = new Evaluation(model, task, shots(task, 1), options(4)).run(run, done -> {});
            assertThat(report.scores().getFirst().value()).isEqualTo(right[0] / 12.0);
            assertThat(report.scores().get(1).value()).isEqualTo(right[1] / 12.0);
            assertThat(right[0]).as("the test tells right from wrong").isBetween(1, 11);
            List<String> groups =
                    report.scores().stream().map(Score::group).distinct().toList();
            assertThat(groups).containsExactly("all", "even", "odd");
            assertThat(report.scores()).hasSize(9);
            assertThat(report.table())
                    .as("a head, three measures, a group a line")
                    .hasSize(6);
            assertThat(model.status().sharedTokens())
                    .isGreaterThan(2 * model.status().promptTokens());
        }
        List<String> log = Files.readAllLines(folder.resolve("run/items.jsonl"));
        assertThat(log).hasSize(12);
        for (int i = 0; i < 12; i++) {
            List<@Nullable Object> logs = Json.asList(
                    Json.asObject(Json.parse(log.get(i), "log"), "log").get("log_probabilities"), "log");
            for (int c = 0; c < 3; c++) {
                assertThat(Double.parseDouble(String.valueOf(logs.get(c)))).isEqualTo(expected[i][c], within(1e-6));
            }
        }
    }

    private static int[] withBos(int[] ids) {
        int[] all = new int[ids.length + 1];
        all[0] = 1;
        System.arraycopy(ids, 0, all, 1, ids.length);
        return all;
    }

    @Test
    void resultsAreTheSameForAnyThreadsAndItemsInFlight() throws IOException {
        Task task = choices(10);
        byte[] first = null;
        for (int[] way : new int[][] {{1, 1}, {2, 3}, {1, 32}}) {
            Path run = folder.resolve("run-" + way[0] + "-" + way[1]);
            try (LanguageModel model = open(way[0]);
                    RunFolder opened = RunFolder.open(run, Map.of(), false)) {
                new Evaluation(model, task, shots(task, 2), options(way[1])).run(opened, done -> {});
            }
            byte[] log = Files.readAllBytes(run.resolve("items.jsonl"));
            first = first == null ? log : first;
            assertThat(log).isEqualTo(first);
        }
    }

    @Test
    void filesThatAreNoRunsStay() throws IOException {
        Path items = Files.writeString(folder.resolve("items.jsonl"), "mine\n");
        assertThatThrownBy(() -> RunFolder.open(folder, Map.of(), false))
                .isInstanceOf(EvalException.class)
                .hasMessageContaining("items.jsonl");
        assertThat(items).hasContent("mine");
    }

    @Test
    void aFolderIsOneRunsAtATime() {
        Path run = folder.resolve("run");
        try (RunFolder first = RunFolder.open(run, Map.of(), false)) {
            assertThat(first.done()).isEmpty();
            assertThatThrownBy(() -> RunFolder.open(run, Map.of(), true))
                    .isInstanceOf(EvalException.class)
                    .hasMessageContaining("another run");
        }
        RunFolder.open(run, Map.of(), true).close();
    }

    /** Wherever a run was ended, in the middle of a line too, it ends as one that was not. */
    @Test
    void aRunThatWasEndedAnywhereGoesOn() throws IOException {
        Task task = choices(8);
        Random random = new Random(9);
        try (LanguageModel model = open(1)) {
            Evaluation evaluation = new Evaluation(model, task, shots(task, 0), options(3));
            Path run = folder.resolve("run");
            Map<String, @Nullable Object> settings = Map.of("model", "m", "items", 8, "share", 0.5);
            Report whole;
            try (RunFolder opened = RunFolder.open(run, settings, true)) {
                whole = evaluation.run(opened, done -> {});
                opened.finish(whole.json(settings));
            }
            byte[] log = Files.readAllBytes(run.resolve("items.jsonl"));
            byte[] results = Files.readAllBytes(run.resolve("results.json"));
            for (int i = 0; i < 12; i++) {
                int length = i == 0 ? 0 : i == 1 ? log.length : random.nextInt(log.length);
                Files.write(run.resolve("items.jsonl"), Arrays.copyOf(log, length));
                Files.deleteIfExists(run.resolve("results.json"));
                try (RunFolder opened = RunFolder.open(run, settings, true)) {
                    Report again = evaluation.run(opened, done -> {});
                    opened.finish(again.json(settings));
                    assertThat(again).isEqualTo(whole);
                }
                assertThat(Files.readAllBytes(run.resolve("items.jsonl"))).isEqualTo(log);
                assertThat(Files.readAllBytes(run.resolve("results.json"))).isEqualTo(results);
            }
            assertThatThrownBy(() -> RunFolder.open(run, settings, false).close())
                    .isInstanceOf(EvalException.class)
                    .hasMessageContaining("--resume");
            assertThatThrownBy(() -> RunFolder.open(run, Map.of("model", "m", "items", 9, "share", 0.5), true)
                            .close())
                    .isInstanceOf(EvalException.class)
                    .hasMessageContaining("begun with items 8, now it is 9");
            Files.writeString(run.resolve("items.jsonl"), "{\"item\": 0}\n");
            assertThatThrownBy(() -> RunFolder.open(run, settings, true).close())
                    .isInstanceOf(EvalException.class)
                    .hasMessageContaining("items.jsonl:1");
        }
    }

    @Test
    void writtenRepliesAreThoseOfTheModelAlone() throws IOException {
        Task task = written();
        try (LanguageModel model = open(1)) {
            Report report = new Evaluation(model, task, shots(task, 0), options(3)).run(null, done -> {});
            int matches = 0;
            for (Item item : task.items()) {
                Item.Written written = (Item.Written) item;
                GenerateOptions greedy = GenerateOptions.defaults()
                        .withSampling(SamplingOptions.greedy())
                        .withMaxTokens(256)
                        .withStops(List.of("\n\n"));
                String reply = model.complete(written.question(), greedy).text();
                matches += reply.strip().equals(written.target()) ? 1 : 0;
            }
            Score match = report.scores().getFirst();
            assertThat(match.measure()).isEqualTo("match:whole");
            assertThat(match.value()).isEqualTo(matches / 3.0);
            assertThat(report.table().getFirst()).contains("95 % interval");
            assertThat(report.table()).hasSize(4).anyMatch(line -> line.startsWith("reply_tokens"));
        }
    }

    @Test
    void longQuestionsAreCutAtTheBeginning() throws IOException {
        String lines = "{\"prompt\": \"%s\", \"choices\": [\"dog\", \"cat\"], \"answer\": 0}\n"
                .formatted("He was sad. ".repeat(300));
        Task task = Task.detected("long", JsonLines.read(Files.writeString(folder.resolve("long.jsonl"), lines)));
        try (LanguageModel model = open(1);
                RunFolder run = RunFolder.open(folder.resolve("run"), Map.of(), false)) {
            new Evaluation(model, task, shots(task, 0), options(1)).run(run, done -> {});
            assertThat(Files.readString(folder.resolve("run/items.jsonl"))).contains("\"cut\": true");
            assertThatThrownBy(() -> new Evaluation(model, task, shots(task, 0), new Evaluation.Options(0, true, 1, 0)))
                    .isInstanceOf(EvalException.class)
                    .hasMessageContaining("no chat template");
        }
    }
}
