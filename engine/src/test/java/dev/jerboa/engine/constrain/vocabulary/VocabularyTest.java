package dev.jerboa.engine.constrain.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.model.gguf.GgufFile;
import dev.jerboa.model.token.Tokenizer;
import dev.jerboa.model.token.Tokenizers;
import dev.jerboa.testkit.SharedFolder;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tokens' bytes of published vocabularies, against their own encoding of texts. */
class VocabularyTest {
    private static final List<String> TEXTS = List.of(
            "Hello, world! {\"a\": [1, 2.5, null]}\n\n\tand more",
            "naïve café 日本語 😀👩‍👩‍👧 مرحبا \u0000\u0001\u007f \ufffd",
            "  two  spaces   three\r\n\r\n");

    private static void check(Tokenizer tokenizer, boolean leadingSpace) {
        Vocabulary vocabulary = Vocabulary.of(tokenizer);
        for (String text : TEXTS) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            for (int id : tokenizer.encode(text, false)) {
                bytes.writeBytes(vocabulary.bytes(id));
            }
            assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo(leadingSpace ? " " + text : text);
            assertThat(bytes.toByteArray())
                    .hasSize(text.getBytes(StandardCharsets.UTF_8).length + (leadingSpace ? 1 : 0));
        }
        for (int b = 0; b < 256; b++) {
            assertThat(vocabulary.has(b)).as("byte %d", b).isTrue();
        }
        for (int stop : vocabulary.stops()) {
            assertThat(tokenizer.isSpecial(stop)).isTrue();
            assertThat(vocabulary.special(tokenizer.token(stop))).isEqualTo(stop);
        }
    }

    @Test
    void ranksOfBytes() {
        check(
                Tokenizers.fromFolder(SharedFolder.require("oracle/tokenizers/llama3-bpe"))
                        .orElseThrow(),
                false);
    }

    @Test
    void gptTwosAlphabet() {
        check(gguf("oracle/tokenizers/ggml-vocab-gpt-2.gguf"), false);
    }

    @Test
    void sentencePiece() {
        check(gguf("oracle/tokenizers/ggml-vocab-llama-spm.gguf"), true);
    }

    private static Tokenizer gguf(String path) {
        var file = SharedFolder.require(path);
        try (Arena arena = Arena.ofConfined()) {
            return Tokenizers.fromGguf(GgufFile.open(file, arena).metadata(), file.toString())
                    .orElseThrow();
        }
    }
}
