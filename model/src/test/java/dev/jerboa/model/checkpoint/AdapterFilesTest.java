package dev.jerboa.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.adapter.AdaptedModel;
import dev.jerboa.model.adapter.Adapter;
import dev.jerboa.model.adapter.AdapterConfig;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.decoder.DecoderOptions;
import dev.jerboa.model.safetensors.SafetensorsWriter;
import dev.jerboa.model.tensor.TensorBody;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PEFT's files: what is refused of them, and models that adapters are merged into. */
class AdapterFilesTest {
    private static final String MODULE = "model.layers.0.self_attn.q_proj";
    private static final int[] PROMPT = {1, 403, 407, 261, 378, 30, 99, 7};

    @TempDir
    Path folder;

    private Checkpoint stories(String file) {
        return Checkpoint.open(
                SharedFolder.require("models/stories260K").resolve(file).normalize());
    }

    private void config(String json) throws IOException {
        Files.writeString(folder.resolve(AdapterConfig.FILE), json);
    }

    private void tensors(String a, long[] shapeOfA, String b, long[] shapeOfB) {
        new SafetensorsWriter()
                .tensor(a, DType.F32, shapeOfA, TensorBody.of(new float[(int) (shapeOfA[0] * shapeOfA[1])]))
                .tensor(b, DType.F32, shapeOfB, TensorBody.of(new float[(int) (shapeOfB[0] * shapeOfB[1])]))
                .write(folder.resolve(Adapter.FILE));
    }

    private void refused(String... words) {
        try (Checkpoint model = stories(".")) {
            assertThatThrownBy(() -> model.adapted(folder))
                    .isInstanceOf(ModelException.class)
                    .message()
                    .contains(words);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"peft_type\": \"IA3\"}|peft_type",
                "{\"peft_type\": \"LORA\", \"bias\": \"all\"}|bias",
                "{\"peft_type\": \"LORA\", \"modules_to_save\": [\"lm_head\"]}|modules_to_save",
                "{\"peft_type\": \"LORA\", \"r\": 0}|r is 0",
                "{\"peft_type\": \"LORA\", \"use_dora\": 1}|use_dora",
                "{\"peft_type\": \"LORA\", \"rank_pattern\": {\"(a+)+$\": 4}}|rank_pattern"
            })
    void configurationsThatAskForMoreAreRefused(String json, String word) throws IOException {
        config(json);
        tensors(
                Adapter.tensorName(MODULE, "lora_A.weight"), new long[] {8, 64},
                Adapter.tensorName(MODULE, "lora_B.weight"), new long[] {64, 8});
        refused(AdapterConfig.FILE, word);
    }

    @Test
    void tensorsThatDoNotFitAreRefused() throws IOException {
        refused("no adapter_config.json");
        config("{\"peft_type\": \"LORA\", \"r\": 4, \"base_model_name_or_path\": \"/nowhere/at/all\"}");
        refused("no adapter_model.safetensors");
        Files.createFile(folder.resolve("adapter_model.bin"));
        refused("adapter_model.bin can hold programs");
        String a = Adapter.tensorName(MODULE, "lora_A.weight");
        String b = Adapter.tensorName(MODULE, "lora_B.weight");
        tensors(a, new long[] {3, 64}, b, new long[] {64, 3});
        refused(MODULE, "rank 4");
        tensors(a, new long[] {4, 64}, b + "x", new long[] {64, 4});
        refused(b + "x", "none of an adapter's");
        tensors(a, new long[] {4, 64}, Adapter.tensorName("model.norm", "lora_B.weight"), new long[] {64, 4});
        refused("lora_B.weight");
        tensors(a, new long[] {4, 60}, b, new long[] {64, 4});
        refused(MODULE, "64 × 60", "64 × 64");
        String other = "model.layers.9.self_attn.q_proj";
        tensors(
                Adapter.tensorName(other, "lora_A.weight"), new long[] {4, 64},
                Adapter.tensorName(other, "lora_B.weight"), new long[] {64, 4});
        refused(other, "another model");
        tensors(a, new long[] {4, 64}, b, new long[] {64, 4});
        try (Checkpoint model = stories(".")) {
            assertThat(model.adapted(folder).adapter().config().base()).isEqualTo("/nowhere/at/all");
        }
    }

    private static float[][] logits(Checkpoint checkpoint, List<AdaptedModel> adapters) {
        try (Team team = Team.ofSize(1);
                Decoder decoder = checkpoint.load(
                        OpsProvider.ops(),
                        team,
                        DecoderOptions.of(Ops.Precision.EXACT, PROMPT.length).withAdaptations(adapters))) {
            return new OneSequence(decoder).logits(PROMPT, PROMPT.length);
        }
    }

    private static double difference(float[][] a, float[][] b) {
        double worst = 0;
        for (int t = 0; t < a.length; t++) {
            for (int i = 0; i < a[t].length; i++) {
                worst = Math.max(worst, Math.abs(a[t][i] - b[t][i]));
            }
        }
        return worst;
    }

    @ParameterizedTest
    @ValueSource(strings = {".", "stories260K-f32.gguf", "stories260K-q8_0.gguf"})
    void mergedModelsGiveWhatTheAdapterBesideGives(String file) {
        for (boolean magnitudes : new boolean[] {false, true}) {
            Path adapter = folder.resolve("adapter" + magnitudes);
            Path out = folder.resolve("merged" + magnitudes + (file.equals(".") ? "" : ".gguf"));
            try (Checkpoint model = stories(file)) {
                RandomAdapter.write(adapter, model, 3, magnitudes, 5);
                float[][] beside = logits(model, List.of(model.adapted(adapter)));
                model.merge(adapter, out, Optional.empty());
                try (Checkpoint merged = Checkpoint.open(out)) {
                    assertThat(merged.tokenizer()).isPresent();
                    assertThat(merged.weightBytes()).isEqualTo(model.weightBytes());
                    boolean rounded = file.contains("q8_0");
                    assertThat(difference(logits(merged, List.of()), beside)).isLessThan(rounded ? 2 : 1e-3);
                    assertThat(difference(logits(model, List.of()), beside)).isGreaterThan(rounded ? 3 : 0.1);
                }
                assertThatThrownBy(() -> model.merge(adapter, out, Optional.empty()))
                        .isInstanceOf(ModelException.class)
                        .hasMessageContaining("there already");
            }
        }
    }

    @Test
    void mergedTensorsGetTheTypeThatIsAskedFor() {
        try (Checkpoint model = stories("stories260K-q8_0.gguf")) {
            RandomAdapter.write(folder.resolve("a"), model, 3, false, 5);
            Path out = folder.resolve("out.gguf");
            model.merge(folder.resolve("a"), out, Optional.of(DType.F32));
            try (Checkpoint merged = Checkpoint.open(out)) {
                assertThat(merged.tensors().tensor("blk.0.attn_q.weight").type())
                        .isEqualTo(DType.F32);
                assertThat(difference(
                                logits(merged, List.of()), logits(model, List.of(model.adapted(folder.resolve("a"))))))
                        .isLessThan(1e-3);
            }
            assertThatThrownBy(() -> model.merge(folder.resolve("a"), folder.resolve("b"), Optional.of(DType.Q4_K)))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("Q4_K")
                    .hasMessageContaining("--type");
        }
    }
}
