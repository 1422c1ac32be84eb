package dev.jerboa.model.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.model.gguf.Metadata;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The parts of tokenizer.json, in documents made of published vocabularies, against the published ids. */
class JsonTokenizerTest {
    private static final String BYTE_LEVEL =
            "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":true}";

    @TempDir
    private Path folder;

    private Tokenizer read(String json) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), json);
        return Tokenizers.fromFolder(folder).orElseThrow();
    }

    private static Metadata metadata(String name) {
        return GgufVectorsTest.metadata(SharedFolder.require("oracle/tokenizers/ggml-vocab-" + name + ".gguf"));
    }

    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c == '"' || c == '\\') {
                quoted.append("\\u%04x".formatted((int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }

    /** A BPE document of a GGUF's vocabulary; special tokens become added tokens. */
    private static String bytePair(String name, String preTokenizer, boolean pairs) {
        Metadata metadata = metadata(name);
        String[] tokens = metadata.strings("tokenizer.ggml.tokens");
        long[] types = metadata.integers("tokenizer.ggml.token_type");
        StringBuilder vocabulary = new StringBuilder();
        StringBuilder added = new StringBuilder();
        for (int id = 0; id < tokens.length; id++) {
            StringBuilder out = types[id] == 1 ? vocabulary : added;
            out.append(out.isEmpty() ? "" : ",");
            if (types[id] == 1) {
                out.append(quote(tokens[id])).append(':').append(id);
            } else {
                out.append("{\"id\":%d,\"content\":%s,\"special\":%b,\"normalized\":false}"
                        .formatted(id, quote(tokens[id]), types[id] == 3));
            }
        }
        StringBuilder merges = new StringBuilder();
        for (String merge : metadata.strings("tokenizer.ggml.merges")) {
            int space = merge.indexOf(' ', 1);
            merges.append(merges.isEmpty() ? "" : ",")
                    .append(
                            pairs
                                    ? "[" + quote(merge.substring(0, space)) + "," + quote(merge.substring(space + 1))
                                            + "]"
                                    : quote(merge));
        }
        return "{\"version\":\"1.0\",\"added_tokens\":[%s],\"normalizer\":null,\"pre_tokenizer\":%s,\"decoder\":%s,"
                        .formatted(added, preTokenizer, BYTE_LEVEL)
                + "\"model\":{\"type\":\"BPE\",\"dropout\":null,\"fuse_unk\":false,\"merges\":[%s],\"vocab\":{%s}}}"
                        .formatted(merges, vocabulary);
    }

    @Test
    void byteLevelWithMergesAsStringsAndAsPairs() throws IOException {
        for (boolean pairs : new boolean[] {false, true}) {
            Tokenizer tokenizer = read(bytePair("gpt-2", BYTE_LEVEL, pairs));

            Vectors.check(tokenizer, "gpt-2");
            assertThat(tokenizer.encode("<|endoftext|>", true)).containsExactly(50256);
            assertThat(tokenizer.prefix()).isEmpty();
            assertThat(tokenizer.stops()).containsExactly(50256);
        }
    }

    @Test
    void splittersAfterByteLevelSeeItsCharacters() throws IOException {
        Vectors.check(
                read(bytePair(
                        "falcon",
                        "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Punctuation\",\"behavior\":\"Contiguous\"},"
                                + "{\"type\":\"ByteLevel\",\"add_prefix_space\":false},"
                                + "{\"type\":\"Digits\",\"individual_digits\":false},"
                                + "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"[0-9][0-9][0-9]\"},\"behavior\":\"Isolated\",\"invert\":false}]}",
                        false)),
                "falcon");
    }

    @Test
    void digitsBeforeByteLevel() throws IOException {
        Vectors.check(
                read(bytePair(
                        "starcoder",
                        "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Digits\",\"individual_digits\":true},"
                                + BYTE_LEVEL + "]}",
                        true)),
                "starcoder");
    }

    @Test
    void wordPiece() throws IOException {
        String[] tokens = metadata("bert-bge").strings("tokenizer.ggml.tokens");
        StringBuilder vocabulary = new StringBuilder();
        for (int id = 0; id < tokens.length; id++) {
            boolean special = tokens[id].startsWith("[") && tokens[id].endsWith("]");
            String text = tokens[id].startsWith("\u2581")
                    ? tokens[id].substring(1)
                    : special ? tokens[id] : "##" + tokens[id];
            vocabulary
                    .append(id == 0 ? "" : ",")
                    .append(quote(text))
                    .append(':')
                    .append(id);
        }
        Tokenizer tokenizer = read("{\"added_tokens\":[{\"id\":101,\"content\":\"[CLS]\",\"special\":true},"
                + "{\"id\":102,\"content\":\"[SEP]\",\"special\":true},{\"id\":100,\"content\":\"[UNK]\",\"special\":true}],"
                + "\"normalizer\":{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,"
                + "\"strip_accents\":null,\"lowercase\":true},\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},"
                + "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"[CLS]\",\"type_id\":0}},"
                + "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},{\"SpecialToken\":{\"id\":\"[SEP]\",\"type_id\":0}}],\"pair\":[],"
                + "\"special_tokens\":{\"[CLS]\":{\"id\":\"[CLS]\",\"ids\":[101],\"tokens\":[\"[CLS]\"]},"
                + "\"[SEP]\":{\"id\":\"[SEP]\",\"ids\":[102],\"tokens\":[\"[SEP]\"]}}},"
                + "\"decoder\":{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true},"
                + "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"##\","
                + "\"max_input_chars_per_word\":100,\"vocab\":{" + vocabulary + "}}}");

        Vectors.check(tokenizer, "bert-bge");
        assertThat(tokenizer.prefix()).containsExactly(101);
        assertThat(tokenizer.suffix()).containsExactly(102);
        assertThat(tokenizer.decode(tokenizer.encode("Hello, unbelievable W\u00f6rld! It's", false), false))
                .isEqualTo("hello, unbelievable world! it ' s");
        assertThat(tokenizer.encode("x".repeat(101), false)).containsExactly(100);
    }

    @Test
    void unigramWithMetaspace() throws IOException {
        Tokenizer tokenizer = read("{\"added_tokens\":[{\"id\":0,\"content\":\"<unk>\",\"special\":true}],"
                + "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFKC\"},{\"type\":\"Lowercase\"},"
                + "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\" {2,}\"},\"content\":\" \"}]},"
                + "\"pre_tokenizer\":{\"type\":\"Metaspace\",\"replacement\":\"\u2581\",\"prepend_scheme\":\"first\",\"split\":true},"
                + "\"decoder\":{\"type\":\"Metaspace\",\"replacement\":\"\u2581\",\"prepend_scheme\":\"first\",\"split\":true},"
                + "\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"byte_fallback\":false,\"vocab\":[[\"<unk>\",0.0],[\"\u2581\",-3.0],"
                + "[\"a\",-2.5],[\"b\",-2.5],[\"\u2581ab\",-4.0],[\"ba\",-3],[\"\u2581a\",-3.5],[\"fi\",-1.5]]}}");

        assertThat(tokenizer.encode("AB   aba \ufb01", false)).containsExactly(4, 6, 5, 1, 7);
        assertThat(tokenizer.encode("a<unk>a", true)).containsExactly(6, 0, 2);
        assertThat(tokenizer.encode("azzb", false)).containsExactly(6, 0, 3);
        assertThat(tokenizer.decode(new int[] {4, 6, 5}, false)).isEqualTo("ab aba");
        assertThat(tokenizer.decode(new int[] {4, 0, 2}, true)).isEqualTo("ab<unk>a");
        assertThat(tokenizer.decode(new int[] {4, 0, 2}, false)).isEqualTo("aba");
    }

    @Test
    void addedTokensWithPeculiarities() throws IOException {
        Tokenizer tokenizer = read(
                "{\"added_tokens\":["
                        + "{\"id\":10,\"content\":\"<l>\",\"special\":true,\"lstrip\":true},"
                        + "{\"id\":11,\"content\":\"<r>\",\"special\":true,\"rstrip\":true},"
                        + "{\"id\":12,\"content\":\"ab\",\"single_word\":true,\"normalized\":false},"
                        + "{\"id\":13,\"content\":\"Q\",\"normalized\":true},"
                        + "{\"id\":14,\"content\":\"q\",\"normalized\":true},"
                        + "{\"id\":15,\"content\":\"<l><r>\",\"special\":true}],"
                        + "\"normalizer\":{\"type\":\"Lowercase\"},\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false},"
                        + "\"decoder\":{\"type\":\"ByteLevel\"},"
                        + "\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"\u0120\":2,\"<\":3,\"l\":4,\"r\":5,\">\":6},\"merges\":[]}}");

        assertThat(tokenizer.encode("a  <l>  a", true)).containsExactly(0, 10, 2, 2, 0);
        assertThat(tokenizer.encode("a  <r>  a", true)).containsExactly(0, 2, 2, 11, 0);
        assertThat(tokenizer.encode("<l><r>", true)).containsExactly(15);
        assertThat(tokenizer.encode("<l>", false)).containsExactly(3, 4, 6);
        assertThat(tokenizer.encode("ab bab ab", false)).containsExactly(12, 2, 1, 0, 1, 2, 12);
        assertThat(tokenizer.encode("aQB", false)).containsExactly(0, 14, 1);
        assertThat(tokenizer.encode("", true)).isEmpty();
        assertThat(tokenizer.size()).isEqualTo(16);
        assertThat(tokenizer.token(9)).isEmpty();
        assertThat(tokenizer.decode(new int[] {10, 0, 9}, true)).isEqualTo("<l>a");
    }

    @Test
    void gemmasTextMergesWithByteFallback() throws IOException {
        StringBuilder bytes = new StringBuilder();
        for (int b = 0; b < 256; b++) {
            bytes.append(",\"<0x%02X>\":%d".formatted(b, 100 + b));
        }
        Tokenizer tokenizer = read("{\"added_tokens\":[{\"id\":3,\"content\":\"\\n\\n\",\"normalized\":false}],"
                + "\"normalizer\":{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"\u2581\"},"
                + "\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"String\":\" \"},\"behavior\":\"MergedWithPrevious\",\"invert\":false},"
                + "\"decoder\":{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Replace\",\"pattern\":{\"String\":\"\u2581\"},\"content\":\" \"},"
                + "{\"type\":\"ByteFallback\"},{\"type\":\"Fuse\"}]},"
                + "\"model\":{\"type\":\"BPE\",\"unk_token\":\"<unk>\",\"fuse_unk\":true,\"byte_fallback\":true,"
                + "\"vocab\":{\"<unk>\":0,\"\u2581\":1,\"\\n\":2,\"\\n\\n\":3,\"a\":4,\"\u2581a\":5,\"b\":6,\"\u2581ab\":7,\"\u2581\u2581\":8"
                + bytes
                + "},\"merges\":[[\"\u2581\",\"\u2581\"],[\"\u2581\",\"a\"],[\"\\n\",\"\\n\"],[\"\u2581a\",\"b\"]]}}");

        assertThat(tokenizer.encode("a ab  a", false)).containsExactly(4, 7, 8, 4);
        assertThat(tokenizer.encode("\n\n\n \u00e9", false)).containsExactly(3, 2, 1, 100 + 0xc3, 100 + 0xa9);
        assertThat(tokenizer.decode(tokenizer.encode(" a \u4f60\n\n", false), false))
                .isEqualTo(" a \u4f60\n\n");
    }
}
