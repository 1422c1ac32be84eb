package dev.jerboa.model.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.gguf.GgufFile;
import dev.jerboa.model.gguf.Metadata;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizers written as GGUF keys and as tokenizer.json, against the ids of an independent implementation. */
class TokenizerKeysTest {
    @TempDir
    private Path folder;

    private static Tokenizer viaKeys(Tokenizer tokenizer, String architecture) {
        Map<String, Object> keys = TokenizerKeys.of(tokenizer, architecture, tokenizer.size(), "test");
        return Tokenizers.fromGguf(new Metadata("test", keys), "test").orElseThrow();
    }

    private Tokenizer viaJson(Metadata metadata) throws IOException {
        for (Map.Entry<String, String> file :
                TokenizerText.files(metadata, "test", Optional.of("{{ x }}")).entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue());
        }
        assertThat(folder.resolve("chat_template.jinja")).hasContent("{{ x }}");
        return Tokenizers.fromFolder(folder).orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-spm", "deepseek-llm", "gpt-2", "starcoder"})
    void filesOfVocabulariesComeBack(String name) throws IOException {
        Path file = SharedFolder.require("oracle/tokenizers/ggml-vocab-" + name + ".gguf");
        try (Arena arena = Arena.ofConfined()) {
            Metadata metadata = GgufFile.open(file, arena).metadata();
            Tokenizer original = Tokenizers.fromGguf(metadata, name).orElseThrow();
            Vectors.check(viaKeys(original, "llama"), name);
            Tokenizer json = viaJson(metadata);
            Vectors.check(json, name);
            same(json, original);
        }
    }

    @Test
    void publishedFilesBecomeKeys() {
        Path llama = SharedFolder.require("oracle/tokenizers/llama3-bpe");
        Vectors.check(
                viaKeys(
                        Tokenizers.fromVocabularyAndMerges(
                                llama.resolve("encoder.json"), llama.resolve("vocab.bpe"), "llama-bpe"),
                        "llama"),
                "llama-bpe");
        Path ranks = SharedFolder.require("oracle/tokenizers/qwen-tiktoken");
        Tokenizer qwen = Tokenizers.fromFolder(ranks).orElseThrow();
        Vectors.check(viaKeys(qwen, "qwen2"), "qwen2");
    }

    /** tokenizer.json, tokenizer.model and GGUF of one small SentencePiece vocabulary. */
    @ParameterizedTest
    @ValueSource(strings = {"tokenizer.json", "tokenizer.model"})
    void sentencePieceBecomesKeys(String name) throws IOException {
        Path stories = SharedFolder.require("models/stories260K");
        for (String file : new String[] {name, "tokenizer_config.json", "special_tokens_map.json"}) {
            Files.copy(stories.resolve(file), folder.resolve(file));
        }
        Tokenizer tokenizer = Tokenizers.fromFolder(folder).orElseThrow();
        Map<String, Object> keys = TokenizerKeys.of(tokenizer, "llama", 520, "test");
        Tokenizer read = Tokenizers.fromGguf(new Metadata("test", keys), "test").orElseThrow();
        assertThat(read.size()).isEqualTo(520);
        assertThat(read.token(515)).isEqualTo("[PAD515]");
        same(read, tokenizer);
        try (Arena arena = Arena.ofConfined()) {
            Metadata expected = GgufFile.open(stories.resolve("stories260K-f32.gguf"), arena)
                    .metadata();
            assertThat((long[]) keys.get("tokenizer.ggml.token_type"))
                    .startsWith(expected.integers("tokenizer.ggml.token_type"));
            assertThat((String[]) keys.get("tokenizer.ggml.tokens"))
                    .startsWith(expected.strings("tokenizer.ggml.tokens"));
            for (String key : new String[] {"model", "pre", "add_bos_token", "add_space_prefix", "unknown_token_id"}) {
                assertThat(keys.get("tokenizer.ggml." + key)).as(key).isEqualTo(expected.get("tokenizer.ggml." + key));
            }
        }
    }

    @Test
    void whatCutsOtherwiseIsRefused() throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), """
                {"version": "1.0", "normalizer": {"type": "Lowercase"}, "post_processor": null, "added_tokens": [],
                 "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
                 "decoder": {"type": "ByteLevel"},
                 "model": {"type": "BPE", "merges": [], "vocab": {"h": 0, "H": 1, "e": 2, "l": 3}}}
                """);
        Tokenizer tokenizer = Tokenizers.fromFolder(folder).orElseThrow();
        assertThatThrownBy(() -> TokenizerKeys.of(tokenizer, "llama", 4, "lower"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("lower");
    }

    private static void same(Tokenizer found, Tokenizer expected) {
        Random random = new Random(9);
        for (int i = 0; i < 500; i++) {
            String text = TextSamples.mixed(random, 1 + random.nextInt(40));
            assertThat(found.encode(text, false)).as(text).isEqualTo(expected.encode(text, false));
        }
        assertThat(found.bos()).isEqualTo(expected.bos());
        assertThat(found.eos()).isEqualTo(expected.eos());
        assertThat(found.prefix()).isEqualTo(expected.prefix());
        assertThat(found.suffix()).isEqualTo(expected.suffix());
    }
}
