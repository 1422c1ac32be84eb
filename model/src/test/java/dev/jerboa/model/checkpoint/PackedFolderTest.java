package dev.jerboa.model.checkpoint;

import static dev.jerboa.model.checkpoint.TinyFolder.HIDDEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.jerboa.kernel.cpu.Team;
import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.kernel.ops.Ops;
import dev.jerboa.kernel.ops.OpsProvider;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.convert.FolderPacking;
import dev.jerboa.model.convert.TypeMix;
import dev.jerboa.model.decoder.Decoder;
import dev.jerboa.model.gguf.GgufWriter;
import dev.jerboa.model.gguf.PackedFolder;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.token.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trained model's folder in one file: the same model, on disk and in memory. */
class PackedFolderTest {
    private static final int[] PROMPT =
            IntStream.range(0, 13).map(i -> i * i * 7 % TinyFolder.VOCABULARY).toArray();
    private static final String TOKENIZER = """
            {"version": "1.0", "normalizer": null, "post_processor": null,
             "added_tokens": [{"id": 0, "content": "<|end|>", "special": true, "normalized": false},
                              {"id": 1, "content": "<|user|>", "special": true, "normalized": false}],
             "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "\\\\p{N}|[^\\\\p{N}]+"}, "behavior": "Isolated"},
             "decoder": null,
             "model": {"type": "BPE", "merges": ["a b"],
                       "vocab": {"<|end|>": 0, "<|user|>": 1, "a": 2, "b": 3, "ab": 4, "1": 5, "2": 6}}}
            """;

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void write() throws IOException {
        whole().write(folder);
        describe(folder);
        file = folder.resolve("packed.gguf");
    }

    private static TinyFolder whole() {
        return new TinyFolder()
                .latent()
                .experts(1, true)
                .with("hc_mult", 4)
                .with("eos_token_id", 0)
                .streams(24, 4 * HIDDEN, 24, 4);
    }

    private static void describe(Path folder) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), TOKENIZER);
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"eos_token\": \"<|end|>\", \"chat_template\": \"<|user|>{{ messages[0]['content'] }}\"}");
    }

    @Test
    void packedAsItIsItIsTheSameModel() throws IOException {
        FolderPacking.write(folder, TypeMix.F32, "tiny", file);
        try (Checkpoint from = Checkpoint.open(folder);
                Checkpoint packed = Checkpoint.open(file);
                Checkpoint inMemory = Checkpoint.of("memory", Files.readAllBytes(file))) {
            float[][] logits = logits(from);
            assertThat(logits(packed)).isDeepEqualTo(logits);
            assertThat(logits(inMemory)).isDeepEqualTo(logits);
            assertThat(inMemory.path()).isEqualTo(Path.of("memory"));
            for (Checkpoint each : new Checkpoint[] {packed, inMemory}) {
                assertThat(each.name()).isEqualTo("tiny");
                assertThat(each.chatTemplate()).isEqualTo(from.chatTemplate()).isPresent();
                assertThat(each.generationDefaults().endTokens()).containsExactly(0);
                Tokenizer tokenizer = each.tokenizer().orElseThrow();
                Tokenizer own = from.tokenizer().orElseThrow();
                assertThat(tokenizer.encode("<|user|>ab12a", true))
                        .isEqualTo(own.encode("<|user|>ab12a", true))
                        .containsExactly(1, 4, 5, 6, 2);
                assertThat(tokenizer.stops()).isEqualTo(own.stops());
                assertThat(tokenizer.prefix()).isEqualTo(own.prefix());
            }
        }
    }

    @Test
    void onlyMatricesOfTheProductsGetSmaller() {
        FolderPacking.write(folder, TypeMix.Q8_0, "tiny", file);
        try (Checkpoint from = Checkpoint.open(folder);
                Checkpoint packed = Checkpoint.open(file)) {
            for (StoredTensor tensor : packed.tensors().tensors()) {
                boolean exact = tensor.rank() < 2
                        || tensor.name().contains("hc_")
                        || tensor.name().endsWith("mlp.gate.weight");
                assertThat(tensor.type()).as(tensor.name()).isEqualTo(exact ? DType.F32 : DType.Q8_0);
            }
            assertThat(packed.tensors().tensors()).hasSameSizeAs(from.tensors().tensors());
            assertThat(packed.weightBytes()).isLessThan(from.weightBytes() * 4 / 10);
            for (StoredTensor tensor : from.tensors().tensors()) {
                float[] values = tensor.floats();
                StoredTensor stored = packed.tensors().tensor(tensor.name());
                assertThat(stored.shape()).isEqualTo(tensor.shape());
                double distance = distance(values, stored.floats());
                assertThat(distance).as(tensor.name()).isLessThan(0.6 / 127);
                assertThat(distance > 0).as(tensor.name()).isEqualTo(stored.type() == DType.Q8_0);
            }
        }
    }

    @Test
    void whatTheLayerAheadRepeatsIsHeldOnce() throws IOException {
        String ahead = TinyFolder.layer(TinyFolder.LAYERS);
        Path repeating = Files.createDirectory(folder.resolve("repeating"));
        whole().again("model.embed_tokens.weight", ahead + "embed_tokens.weight")
                .again("lm_head.weight", ahead + "shared_head.head.weight")
                .write(repeating);
        describe(repeating);
        FolderPacking.write(repeating, TypeMix.Q8_0, "tiny", file);
        assertThat(names(repeating)).contains(ahead + "embed_tokens.weight", ahead + "shared_head.head.weight");
        assertThat(names(file)).isEqualTo(names(folder));

        Path differing = Files.createDirectory(folder.resolve("differing"));
        whole().again("lm_head.weight", ahead + "embed_tokens.weight").write(differing);
        describe(differing);
        FolderPacking.write(differing, TypeMix.Q8_0, "tiny", file);
        assertThat(names(file)).isEqualTo(names(differing)).contains(ahead + "embed_tokens.weight");
    }

    private static Set<String> names(Path model) {
        try (Checkpoint checkpoint = Checkpoint.open(model)) {
            return checkpoint.tensors().tensors().stream()
                    .map(StoredTensor::name)
                    .collect(Collectors.toSet());
        }
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> FolderPacking.write(folder.resolve("none"), TypeMix.F32, "tiny", file))
                .withMessageContaining("expected a folder");
        Files.delete(folder.resolve("tokenizer.json"));
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> FolderPacking.write(folder, TypeMix.F32, "tiny", file))
                .withMessageContaining("tokenizer.json");
        new GgufWriter()
                .string("general.architecture", PackedFolder.ARCHITECTURE)
                .write(file);
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> Checkpoint.open(file))
                .withMessageContaining(PackedFolder.CONFIG);
        byte[] bytes = Files.readAllBytes(file);
        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> Checkpoint.of("memory", Arrays.copyOf(bytes, 30)))
                .withMessageContaining("memory");
    }

    /** The largest difference over the largest value. */
    private static double distance(float[] a, float[] b) {
        double most = 0;
        double size = 0;
        for (int i = 0; i < a.length; i++) {
            most = Math.max(most, Math.abs(a[i] - b[i]));
            size = Math.max(size, Math.abs(a[i]));
        }
        return most / size;
    }

    private static float[][] logits(Checkpoint checkpoint) {
        try (Team team = Team.ofSize(1);
                Decoder decoder = checkpoint.load(OpsProvider.ops(), Ops.Precision.EXACT, team, PROMPT.length)) {
            return new OneSequence(decoder).logits(PROMPT, PROMPT.length);
        }
    }
}
