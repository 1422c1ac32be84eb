package dev.jerboa.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.convert.Conversion;
import dev.jerboa.model.convert.ConversionPlan;
import dev.jerboa.model.convert.ImportanceMatrix;
import dev.jerboa.model.convert.TypeMix;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.gguf.GgufFile;
import dev.jerboa.model.gguf.Metadata;
import dev.jerboa.model.safetensors.SafetensorsWriter;
import dev.jerboa.model.synthetic.SyntheticModel;
import dev.jerboa.model.synthetic.SyntheticShape;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders as GGUF files and back, against the files of an independent converter and by what the models say. */
class ConversionTest {
    private static final int[] PROMPT =
            IntStream.range(0, 40).map(i -> 3 + i * 7 % 250).toArray();

    @TempDir
    private Path folder;

    /** Folder → GGUF: the same logits; → folder: the same tensors, and the same logits. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama3",
                "llama_tied",
                "mistral",
                "mistral_nemo",
                "mixtral",
                "qwen2",
                "qwen2_moe",
                "qwen3",
                "qwen3_moe",
                "seed_oss",
                "ernie4_5",
                "ernie4_5_moe",
                "glm4_moe",
                "glm4_moe_qknorm",
                "minimax_m2",
                "deepseek_v32",
                "glm_moe_dsa",
                "glm_moe_dsa_shared",
                "deepseek_v2_group",
                "deepseek_v2_lite",
                "deepseek_v3",
                "deepseek_v3_noq",
                "kimi_k2",
                "kimi_k2_k25wrap"
            })
    void goesBothWays(String name) {
        Path source = SharedFolder.require("oracle/hf/" + name);
        Path file = folder.resolve("model.gguf");
        Path back = folder.resolve("back");
        try (Team team = Team.ofSize(2);
                Checkpoint from = Checkpoint.open(source)) {
            Conversion conversion = new Conversion(team, (done, total) -> {});
            ConversionPlan plan = ConversionPlan.of(from);
            assertThat(plan.leftOut()).isEmpty();
            conversion.toGguf(plan, Optional.empty(), null, file);
            float[][] logits = logits(from, team);
            try (Checkpoint converted = Checkpoint.open(file)) {
                assertNear(logits(converted, team), logits);
                conversion.toFolder(converted, DType.F32, back);
            }
            try (Checkpoint again = Checkpoint.open(back)) {
                assertNear(logits(again, team), logits);
                assertThat(again.spec().layers().size())
                        .isEqualTo(from.spec().layers().size());
                for (StoredTensor tensor : again.tensors().tensors()) {
                    StoredTensor original = from.tensors().tensor(tensor.name());
                    assertThat(tensor.shape()).as(tensor.name()).isEqualTo(original.shape());
                    assertThat(tensor.data().mismatch(original.data()))
                            .as(tensor.name())
                            .isEqualTo(-1);
                }
            }
        }
    }

    /** What cannot be written takes nothing away. */
    @Test
    void weightsThatAreThereStayUntilOthersAreComplete() throws IOException {
        Path back = Files.createDirectories(folder.resolve("back"));
        Path before = Files.writeString(back.resolve("model-00001-of-00002.safetensors"), "mine");
        Path inTheWay = Files.createDirectory(back.resolve("model.safetensors.partial"));
        try (Team team = Team.ofSize(1);
                Checkpoint file = Checkpoint.open(SharedFolder.require("models/stories260K/stories260K-f32.gguf"))) {
            Conversion conversion = new Conversion(team, (done, total) -> {});
            assertThatThrownBy(() -> conversion.toFolder(file, DType.F32, back)).isInstanceOf(ModelException.class);
            assertThat(before).hasContent("mine");
            Files.delete(inTheWay);
            conversion.toFolder(file, DType.F32, back);
            assertThat(before).doesNotExist();
            assertThat(back.resolve("model.safetensors")).exists();
        }
    }

    @Test
    void aFolderThatLacksAnExpertIsRefused() throws IOException {
        Path source = SharedFolder.require("oracle/hf/mixtral");
        Path lacking = Files.createDirectories(folder.resolve("lacking"));
        Files.copy(source.resolve("config.json"), lacking.resolve("config.json"));
        try (Team team = Team.ofSize(1);
                Checkpoint from = Checkpoint.open(source)) {
            SafetensorsWriter writer = new SafetensorsWriter();
            from.tensors().tensors().stream()
                    .filter(tensor -> !tensor.name().contains("layers.1.block_sparse_moe.experts.2."))
                    .forEach(writer::tensor);
            writer.writeFolder(lacking, Long.MAX_VALUE);
            try (Checkpoint incomplete = Checkpoint.open(lacking)) {
                assertThatThrownBy(() -> new Conversion(team, (done, total) -> {})
                                .toGguf(
                                        ConversionPlan.of(incomplete),
                                        Optional.empty(),
                                        null,
                                        folder.resolve("x.gguf")))
                        .isInstanceOf(ModelException.class)
                        .hasMessageContaining("layer 1 has 2 experts");
            }
        }
    }

    /** Names, types, shapes and bytes are those of the reference engine's converter, and so are the keys that the model depends on. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "llama3",
                "llama_tied",
                "qwen2",
                "qwen3",
                "qwen3_moe",
                "qwen3_next",
                "qwen3_5",
                "kimi_linear",
                "deepseek_v3",
                "deepseek_v32",
                "deepseek_v4",
                "gpt_oss_gguf"
            })
    void isWhatTheReferenceConverterWrites(String name) {
        Path source = SharedFolder.require("oracle/hf/" + name);
        Path file = folder.resolve("model.gguf");
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2);
                Checkpoint from = Checkpoint.open(source)) {
            new Conversion(team, (done, total) -> {}).toGguf(ConversionPlan.of(from), Optional.empty(), null, file);
            GgufFile expected = GgufFile.open(source.resolve("model.gguf"), arena);
            GgufFile found = GgufFile.open(file, arena);
            assertThat(shapes(found)).isEqualTo(shapes(expected));
            for (StoredTensor tensor : expected.tensors()) {
                boolean computed = tensor.name().equals("rope_freqs.weight")
                        || tensor.name().endsWith(".ssm_a");
                if (computed) { // the other converter's are rounded on the way
                    assertThat(found.tensor(tensor.name()).floats())
                            .usingComparatorWithPrecision(1e-5f)
                            .containsExactly(tensor.floats());
                } else {
                    assertThat(found.tensor(tensor.name()).data().mismatch(tensor.data()))
                            .as(tensor.name())
                            .isEqualTo(-1);
                }
            }
            Metadata keys = expected.metadata();
            for (String key : keys.keys()) {
                boolean words =
                        key.startsWith("tokenizer.") || key.equals("general.name") || key.equals("general.size_label");
                // that converter calls every file of V4 one of MXFP4
                boolean fixed = key.equals("general.file_type") && name.equals("deepseek_v4");
                if (!words && !fixed) {
                    assertThat(found.metadata().get(key)).as(key).isEqualTo(keys.get(key));
                    assertThat(found.valueType(key)).as(key).isEqualTo(expected.valueType(key));
                }
            }
        }
    }

    /** Both forms of a configuration give the same keys. */
    @ParameterizedTest
    @ValueSource(strings = {"llama3", "mistral", "qwen3_moe", "deepseek_v3", "deepseek_v2_lite"})
    void newerConfigurationsGiveTheSameKeys(String name) throws IOException {
        Path source = SharedFolder.require("oracle/hf/" + name);
        Path newer = Files.createDirectory(folder.resolve(name));
        Files.copy(source.resolve("model.safetensors"), newer.resolve("model.safetensors"));
        Files.copy(source.resolve("config.hf5.json"), newer.resolve("config.json"));
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(1);
                Checkpoint first = Checkpoint.open(source);
                Checkpoint second = Checkpoint.open(newer)) {
            Conversion conversion = new Conversion(team, (done, total) -> {});
            conversion.toGguf(ConversionPlan.of(first), Optional.of(TypeMix.F16), null, folder.resolve("a.gguf"));
            conversion.toGguf(ConversionPlan.of(second), Optional.of(TypeMix.F16), null, folder.resolve("b.gguf"));
            Metadata a = GgufFile.open(folder.resolve("a.gguf"), arena).metadata();
            Metadata b = GgufFile.open(folder.resolve("b.gguf"), arena).metadata();
            assertThat(b.keys()).isEqualTo(a.keys());
            for (String key : a.keys()) {
                assertThat(b.get(key)).as(key).isEqualTo(a.get(key));
            }
        }
    }

    /** Whatever the number of threads, with importances and without. */
    @ParameterizedTest
    @EnumSource(names = {"TINY", "TINY_EXPERTS", "TINY_LATENT"})
    void threadsDoNotChangeTheBytes(SyntheticShape shape) throws IOException {
        Path whole = folder.resolve("whole.gguf");
        new SyntheticModel(shape, TypeMix.F16).write(whole, share -> {});
        try (Checkpoint from = Checkpoint.open(whole)) {
            Map<String, ImportanceMatrix.Entry> entries = new LinkedHashMap<>();
            for (StoredTensor tensor : from.tensors().tensors()) {
                if (tensor.rank() > 1) {
                    float[] sums =
                            new float[(int) (tensor.rank() == 3 ? tensor.size(0) * tensor.size(2) : tensor.size(1))];
                    for (int i = 0; i < sums.length; i++) {
                        sums[i] = 1 + i % 13;
                    }
                    entries.put(tensor.name(), new ImportanceMatrix.Entry(sums, new float[] {4}));
                }
            }
            ImportanceMatrix importances = new ImportanceMatrix(entries, List.of("none"), 512);
            for (TypeMix mix : new TypeMix[] {TypeMix.Q4_K_M, TypeMix.Q2_K, TypeMix.MXFP4, TypeMix.IQ4_NL}) {
                for (ImportanceMatrix given : new ImportanceMatrix[] {null, importances}) {
                    byte[] expected = null;
                    for (int threads : new int[] {1, 3}) {
                        Path out = folder.resolve("out.gguf");
                        try (Team team = Team.ofSize(threads)) {
                            Conversion.Report report = new Conversion(team, (done, total) -> {})
                                    .toGguf(ConversionPlan.of(from), Optional.of(mix), given, out);
                            assertThat(report.unweighted()).isEmpty();
                        }
                        byte[] bytes = Files.readAllBytes(out);
                        assertThat(expected == null ? bytes : expected).isEqualTo(bytes);
                        expected = bytes;
                    }
                }
            }
            try (Checkpoint small = Checkpoint.open(folder.resolve("out.gguf"))) {
                assertThat(small.spec()).isEqualTo(from.spec());
            }
        }
    }

    /** GGUF to GGUF keeps every key, and what has its type already. */
    @Test
    void keysOfAFileAreKept() {
        Path source = SharedFolder.require("models/stories260K").resolve("stories260K-f32.gguf");
        Path out = folder.resolve("small.gguf");
        try (Arena arena = Arena.ofShared();
                Team team = Team.ofSize(2);
                Checkpoint from = Checkpoint.open(source)) {
            new Conversion(team, (done, total) -> {})
                    .toGguf(ConversionPlan.of(from), Optional.of(TypeMix.Q8_0), null, out);
            Metadata before = GgufFile.open(source, arena).metadata();
            GgufFile after = GgufFile.open(out, arena);
            for (String key : before.keys()) {
                if (!key.equals("general.file_type")) {
                    assertThat(after.metadata().get(key)).as(key).isEqualTo(before.get(key));
                }
            }
            assertThat(after.metadata().integer("general.file_type")).isEqualTo(7);
            GgufFile expected = GgufFile.open(source.resolveSibling("stories260K-q8_0.gguf"), arena);
            for (StoredTensor tensor : expected.tensors()) {
                if (tensor.type() == DType.Q8_0) {
                    assertThat(after.tensor(tensor.name()).data().mismatch(tensor.data()))
                            .as(tensor.name())
                            .isEqualTo(-1);
                }
            }
        }
    }

    private static Map<String, String> shapes(GgufFile file) {
        Map<String, String> shapes = new TreeMap<>();
        file.tensors().forEach(tensor -> shapes.put(tensor.name(), tensor.toString()));
        return shapes;
    }

    private static float[][] logits(Checkpoint checkpoint, Team team) {
        try (Decoder decoder = checkpoint.load(OpsProvider.ops(), Ops.Precision.EXACT, team, 64)) {
            return new OneSequence(decoder).logits(PROMPT, PROMPT.length);
        }
    }

    private static void assertNear(float[][] found, float[][] expected) {
        for (int t = 0; t < expected.length; t++) {
            for (int v = 0; v < expected[t].length; v++) {
                assertThat(found[t][v]).isCloseTo(expected[t][v], within(1e-3f));
            }
        }
    }
}
