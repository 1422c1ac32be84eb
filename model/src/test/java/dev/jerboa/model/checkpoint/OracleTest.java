package dev.jerboa.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.safetensors.SafetensorsFolder;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorSource;
import dev.jerboa.testkit.SharedFolder;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every family against logits and greedy tokens of an independent implementation, from folders (old and new style of
 * configuration) and GGUF files; and prefill whole, in chunks and token by token against each other. {@code -Djerboa.oracle=REGEX}
 * takes some of them, {@code -Djerboa.kernel=TIER} another tier.
 */
class OracleTest {
    private static final double TOLERANCE = 1e-3;

    static final List<String> FAMILIES = List.of(
            "llama3",
            "llama_tied",
            "mistral",
            "mistral_nemo",
            "ministral",
            "mixtral",
            "qwen2",
            "qwen2_swa",
            "qwen3",
            "qwen3_moe",
            "qwen3_next",
            "qwen3_5",
            "qwen3_5_moe",
            "qwen3_5_moe_wrap",
            "minimax",
            "kimi_linear",
            "glm5_next",
            "deepseek_v2_group",
            "deepseek_v2_lite",
            "deepseek_v3",
            "deepseek_v3_noq",
            "deepseek_v32",
            "glm4_moe_lite",
            "glm_moe_dsa",
            "glm_moe_dsa_shared",
            "deepseek_v4",
            "deepseek_v4_hfcfg",
            "kimi_k2",
            "kimi_k2_k25wrap",
            "qwen2_moe",
            "glm",
            "glm4",
            "glm4_moe",
            "glm4_moe_qknorm",
            "seed_oss",
            "ernie4_5",
            "ernie4_5_moe",
            "minimax_m2",
            "gpt_oss",
            "gpt_oss_bf16",
            "gpt_oss_gguf",
            "ministral3",
            "ministral3_mistral3wrap",
            "mistral4",
            "mistral4_mistral3wrap",
            "minimax_m3",
            "minimax_m3_wrap",
            "llama4_text",
            "llama4_text_wrap");

    static Stream<String> references() {
        return FAMILIES.stream()
                .flatMap(family -> Stream.concat(
                        Stream.of(family),
                        Stream.of(family + "/model.gguf", family + "/config.hf5.json")
                                .filter(file -> Files.exists(SharedFolder.path("oracle/hf/" + file)))))
                .filter(reference -> reference.matches(System.getProperty("jerboa.oracle", ".*")));
    }

    @ParameterizedTest
    @MethodSource("references")
    void agreesWithTheReference(String reference) throws Exception {
        Path path = SharedFolder.require("oracle/hf/" + reference);
        Path folder = Files.isDirectory(path) ? path : path.resolveSibling("");
        Path model = reference.endsWith("config.hf5.json") ? withConfig(folder, path) : path;
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2);
                Checkpoint checkpoint = Checkpoint.open(model);
                Decoder decoder = checkpoint.load(OpsProvider.ops(), Ops.Precision.EXACT, team, 288)) {
            TensorSource expected = SafetensorsFolder.open(folder.resolve("expect.safetensors"), arena);
            OneSequence run = new OneSequence(decoder);
            for (int i = 0; i < 3; i++) {
                int[] prompt = integers(expected.tensor("prompt." + i));
                float[] logits = expected.tensor("logits." + i).floats();
                float[][] whole = run.logits(prompt, prompt.length);
                assertThat(distance(whole, logits))
                        .as("largest difference over the standard deviation, prompt %d", i)
                        .isLessThan(TOLERANCE);
                assertThat(run.logits(prompt, 7)).as("in chunks of 7").isDeepEqualTo(whole);
                assertThat(run.logits(prompt, 1)).as("token by token").isDeepEqualTo(whole);
            }
            assertThat(run.greedy(integers(expected.tensor("prompt.1")), 24))
                    .isEqualTo(integers(expected.tensor("greedy")));
        }
    }

    /** The small trained model: logits of six prompts and a hundred greedy tokens after each. */
    @ParameterizedTest
    @CsvSource({
        ".,expect.safetensors",
        "stories260K-f32.gguf,expect.safetensors",
        "stories260K-q8_0.gguf,expect_q8_0.safetensors"
    })
    void smallModelAgreesWithTheReference(String file, String expectation) {
        Path folder = SharedFolder.require("models/stories260K");
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2);
                Checkpoint checkpoint = Checkpoint.open(folder.resolve(file).normalize());
                Decoder decoder = checkpoint.load(OpsProvider.ops(), Ops.Precision.EXACT, team, 64)) {
            TensorSource expected = SafetensorsFolder.open(folder.resolve(expectation), arena);
            OneSequence run = new OneSequence(decoder);
            for (int i = 0; i < 6; i++) {
                int[] prompt = integers(expected.tensor("prompt." + i));
                assertThat(distance(
                                run.logits(prompt, 5),
                                expected.tensor("logits." + i).floats()))
                        .isLessThan(TOLERANCE);
                int[] greedy = integers(expected.tensor("greedy." + i));
                assertThat(run.greedy(prompt, greedy.length)).isEqualTo(greedy);
            }
        }
    }

    /** Blocks of DeepSeek-V3 on four streams; the folder does not say its model_type. */
    @Test
    void hyperConnectionsAgreeWithTheReference() {
        Path folder = SharedFolder.require("oracle/train/mhc_mla_moe");
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2);
                Checkpoint checkpoint = Checkpoint.open(folder);
                Decoder decoder = checkpoint.load(OpsProvider.ops(), Ops.Precision.EXACT, team, 128)) {
            TensorSource expected = SafetensorsFolder.open(folder.resolve("expect.safetensors"), arena);
            OneSequence run = new OneSequence(decoder);
            int[] prompt = integers(expected.tensor("prompt.0"));
            float[][] whole = run.logits(prompt, prompt.length);
            assertThat(distance(whole, expected.tensor("logits.0").floats()))
                    .as("largest difference over the standard deviation")
                    .isLessThan(1e-4);
            assertThat(run.logits(prompt, 7)).as("in chunks of 7").isDeepEqualTo(whole);
            assertThat(run.logits(prompt, 3)).as("in chunks of 3").isDeepEqualTo(whole);
            assertThat(run.logits(prompt, 1)).as("token by token").isDeepEqualTo(whole);
        }
    }

    /** A folder with the same weights and another config.json. */
    private static Path withConfig(Path folder, Path config) throws Exception {
        Path copy = Files.createTempDirectory("jerboa-oracle");
        copy.toFile().deleteOnExit();
        Path weights = copy.resolve("model.safetensors");
        Files.createSymbolicLink(weights, folder.resolve("model.safetensors").toAbsolutePath());
        weights.toFile().deleteOnExit();
        Path copied = Files.copy(config, copy.resolve("config.json"));
        copied.toFile().deleteOnExit();
        return copy;
    }

    static double distance(float[][] rows, float[] expected) {
        double sum = 0;
        double squares = 0;
        double worst = 0;
        int v = rows[0].length;
        assertThat(rows.length * v).isEqualTo(expected.length);
        for (int i = 0; i < expected.length; i++) {
            sum += expected[i];
            squares += (double) expected[i] * expected[i];
            double difference = Math.abs(rows[i / v][i % v] - expected[i]);
            worst = difference <= worst ? worst : difference;
        }
        double mean = sum / expected.length;
        return worst / Math.sqrt(squares / expected.length - mean * mean);
    }

    static int[] integers(StoredTensor tensor) {
        float[] values = tensor.floats();
        return IntStream.range(0, values.length).map(i -> (int) values[i]).toArray();
    }
}
