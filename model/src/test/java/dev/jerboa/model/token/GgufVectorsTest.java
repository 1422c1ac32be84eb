package dev.jerboa.model.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.model.gguf.GgufFile;
import dev.jerboa.model.gguf.Metadata;
import dev.jerboa.testkit.SharedFolder;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Published GGUF vocabularies against the ids that come with them. */
class GgufVectorsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "bert-bge",
                "deepseek-coder",
                "deepseek-llm",
                "falcon",
                "gpt-2",
                "llama-spm",
                "mpt",
                "phi-3",
                "refact",
                "starcoder"
            })
    void textsHaveTheExpectedIds(String name) {
        Tokenizer tokenizer = open("oracle/tokenizers/ggml-vocab-" + name + ".gguf");

        Vectors.check(tokenizer, name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"baichuan", "gpt-neox"})
    void vocabulariesWithoutVectorsDecodeWhatTheyEncode(String name) {
        Tokenizer tokenizer = open("oracle/tokenizers/ggml-vocab-" + name + ".gguf");

        for (String text : Vectors.texts("gpt-2")) {
            assertThat(tokenizer.decode(tokenizer.encode(text, false), false)).isEqualTo(text);
        }
    }

    static Tokenizer open(String file) {
        Path path = SharedFolder.require(file);
        return Tokenizers.fromGguf(metadata(path), path.toString()).orElseThrow();
    }

    static Metadata metadata(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            return GgufFile.open(path, arena).metadata();
        }
    }
}
