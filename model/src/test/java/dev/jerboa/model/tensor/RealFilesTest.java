package dev.jerboa.model.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.gguf.GgufFile;
import dev.jerboa.model.safetensors.SafetensorsFile;
import dev.jerboa.model.safetensors.SafetensorsFolder;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every container of the shared folder opens, and all its tensors decode. */
class RealFilesTest {
    @Test
    void everyGgufOpensAndDecodes() throws IOException {
        SharedFolder.require("oracle");
        List<Path> files = files(".gguf");
        assertThat(files).hasSizeGreaterThan(20);
        for (Path file : files) {
            try (Arena arena = Arena.ofConfined()) {
                GgufFile gguf = GgufFile.open(file, arena);
                assertThat(gguf.metadata().string("general.architecture")).isNotEmpty();
                decodeAll(gguf);
            }
        }
    }

    @Test
    void everySafetensorsOpensAndDecodes() throws IOException {
        SharedFolder.require("oracle");
        List<Path> files = files(".safetensors");
        assertThat(files).hasSizeGreaterThan(60);
        for (Path file : files) {
            try (Arena arena = Arena.ofConfined()) {
                decodeAll(SafetensorsFile.open(file, arena));
            }
        }
    }

    @Test
    void theTwoContainersAgreeOnStories() {
        Path folder = SharedFolder.require("models/stories260K");
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFolder hf = SafetensorsFolder.open(folder.resolve("model.safetensors"), arena);
            GgufFile full = GgufFile.open(folder.resolve("stories260K-f32.gguf"), arena);
            GgufFile quantised = GgufFile.open(folder.resolve("stories260K-q8_0.gguf"), arena);
            StoredTensor embedding = hf.tensor("model.embed_tokens.weight");
            assertThat(full.tensor("token_embd.weight").shape()).containsExactly(embedding.shape());
            assertThat(full.tensor("token_embd.weight").floats()).isEqualTo(embedding.floats());
            StoredTensor up = quantised.tensor("blk.0.ffn_up.weight");
            assertThat(up.type()).isEqualTo(DType.Q8_0);
            float[] near = up.floats();
            float[] exact = hf.tensor("model.layers.0.mlp.up_proj.weight").floats();
            for (int i = 0; i < near.length; i++) {
                assertThat(near[i]).isCloseTo(exact[i], within(0.01f));
            }
        }
    }

    private static void decodeAll(TensorSource source) {
        for (StoredTensor tensor : source.tensors()) {
            float[] values = tensor.floats();
            assertThat(values.length).isEqualTo((int) tensor.elements());
            for (float value : values) {
                assertThat(Float.isFinite(value)).as("%s", tensor).isTrue();
            }
        }
    }

    private static List<Path> files(String suffix) throws IOException {
        try (Stream<Path> all = Files.walk(SharedFolder.path(".").toRealPath())) {
            return all.filter(path -> path.toString().endsWith(suffix)).toList();
        }
    }
}
