package dev.jerboa.model.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of Hugging Face folders, against independent ids and against each other. */
class FolderTokenizersTest {
    @TempDir
    private Path folder;

    private Tokenizer copied(String file) throws IOException {
        Path into = Files.createDirectory(folder.resolve(file.replace('.', '_')));
        for (String name : List.of(file, "tokenizer_config.json", "special_tokens_map.json")) {
            Files.copy(SharedFolder.require("models/stories260K/" + name), into.resolve(name));
        }
        return Tokenizers.fromFolder(into).orElseThrow();
    }

    private List<Tokenizer> stories() throws IOException {
        return List.of(
                copied("tokenizer.json"),
                copied("tokenizer.model"),
                GgufVectorsTest.open("models/stories260K/stories260K-f32.gguf"),
                GgufVectorsTest.open("models/stories260K/stories260K-q8_0.gguf"));
    }

    @Test
    void everySourceOfOneTokenizerGivesTheExpectedIds() throws IOException {
        Map<String, ?> expect = Json.object(SharedFolder.require("models/stories260K/expect.json"));
        for (Tokenizer tokenizer : stories()) {
            for (Object item : Json.asList(expect.get("tokenizer_cases"), "cases")) {
                Map<String, ?> each = Json.asObject(item, "case");
                String text = String.valueOf(each.get("text"));
                int[] ids = Json.asList(each.get("ids_no_bos"), "ids").stream()
                        .mapToInt(id -> ((Long) id).intValue())
                        .toArray();
                assertThat(tokenizer.encode(text, false)).as(text).isEqualTo(ids);
                assertThat(tokenizer.decode(ids, false)).isEqualTo(each.get("roundtrip"));
                List<?> pieces = Json.asList(each.get("pieces"), "pieces");
                for (int i = 0; i < ids.length; i++) {
                    assertThat(tokenizer.token(ids[i])).isEqualTo(pieces.get(i));
                    assertThat(tokenizer.id(String.valueOf(pieces.get(i)))).isEqualTo(ids[i]);
                }
            }
            assertThat(tokenizer.prefix()).containsExactly(1);
            assertThat(tokenizer.suffix()).isEmpty();
            assertThat(tokenizer.bos()).isEqualTo(1);
            assertThat(tokenizer.eos()).isEqualTo(2);
            assertThat(tokenizer.stops()).containsExactly(2);
            assertThat(tokenizer.size()).isEqualTo(512);
            assertThat(tokenizer.encode("<s>x</s>", true)).startsWith(1).endsWith(2);
            assertThat(tokenizer.isSpecial(1)).isTrue();
            assertThat(tokenizer.isSpecial(300)).isFalse();
        }
    }

    @Test
    void everySourceOfOneTokenizerAgreesOnTextSamples() throws IOException {
        List<Tokenizer> tokenizers = stories();
        Random random = new Random(5);
        for (int i = 0; i < 2000; i++) {
            String text = TextSamples.mixed(random, 1 + random.nextInt(40));
            int[] ids = tokenizers.getFirst().encode(text, false);
            for (Tokenizer other : tokenizers) {
                assertThat(other.encode(text, false)).as(text).isEqualTo(ids);
                assertThat(other.decode(ids, false)).isEqualTo(text.replace('\u2581', ' '));
            }
        }
    }

    @Test
    void storiesDecodeToTheExpectedTexts() throws IOException {
        Map<String, ?> expect = Json.object(SharedFolder.require("models/stories260K/expect.json"));
        Tokenizer tokenizer = copied("tokenizer.json");
        for (Object item : Json.asList(expect.get("cases"), "cases")) {
            Map<String, ?> each = Json.asObject(item, "case");
            int[] prompt = ints(each.get("ids"));
            int[] greedy = ints(each.get("greedy"));
            int[] all = new int[prompt.length + greedy.length];
            System.arraycopy(prompt, 0, all, 0, prompt.length);
            System.arraycopy(greedy, 0, all, prompt.length, greedy.length);
            assertThat(tokenizer.decode(all, false)).isEqualTo(each.get("text"));
        }
    }

    private static int[] ints(@Nullable Object list) {
        return Json.asList(list, "ids").stream()
                .mapToInt(id -> ((Long) id).intValue())
                .toArray();
    }

    @Test
    void llama3FromVocabularyAndMerges() {
        Path files = SharedFolder.require("oracle/tokenizers/llama3-bpe");

        Vectors.check(Tokenizers.fromFolder(files).orElseThrow(), "llama-bpe");
        Vectors.check(
                Tokenizers.fromVocabularyAndMerges(
                        files.resolve("encoder.json"), files.resolve("vocab.bpe"), "llama-bpe"),
                "llama-bpe");
    }

    @Test
    void qwenFromRanks() {
        Path files = SharedFolder.require("oracle/tokenizers/qwen-tiktoken");

        Tokenizer tokenizer = Tokenizers.fromFolder(files).orElseThrow();

        Vectors.check(tokenizer, "qwen2");
        assertThat(tokenizer.id("<|im_end|>")).isEqualTo(151645);
        assertThat(tokenizer.encode("<|im_end|>", true)).containsExactly(151645);
        assertThat(tokenizer.encode("<|im_end|>", false)).hasSizeGreaterThan(1);
        assertThat(tokenizer.stops()).contains(151643, 151645);
    }

    @Test
    void llama3RanksAreKnownByTheirNumber() throws IOException {
        Tokenizer pair = Tokenizers.fromFolder(SharedFolder.require("oracle/tokenizers/llama3-bpe"))
                .orElseThrow();
        StringBuilder ranks = new StringBuilder();
        for (int id = 0; id < 128_000; id++) {
            byte[] bytes = new byte[pair.token(id).length()];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) dev.jerboa.model.token.split.ByteAlphabet.byteOf(
                        pair.token(id).charAt(i));
            }
            ranks.append(java.util.Base64.getEncoder().encodeToString(bytes))
                    .append(' ')
                    .append(id)
                    .append('\n');
        }
        Files.writeString(folder.resolve("tokenizer.model"), ranks);

        Tokenizer tokenizer = Tokenizers.fromFolder(folder).orElseThrow();

        Vectors.check(tokenizer, "llama-bpe");
        assertThat(tokenizer.prefix()).containsExactly(128_000);
        assertThat(tokenizer.eot()).isEqualTo(128_009);
    }

    @Test
    void aFolderWithoutTokenizerFilesHasNone() {
        assertThat(Tokenizers.fromFolder(folder)).isEmpty();
    }

    @Test
    void damagedFilesAreRefusedByName() throws IOException {
        byte[] model = Files.readAllBytes(SharedFolder.require("models/stories260K/tokenizer.model"));
        byte[] json = Files.readAllBytes(SharedFolder.require("models/stories260K/tokenizer.json"));
        Random random = new Random(11);
        int refused = 0;
        for (int i = 0; i < 400; i++) {
            String name = i % 2 == 0 ? "tokenizer.model" : "tokenizer.json";
            byte[] damaged = (i % 2 == 0 ? model : json).clone();
            for (int n = 0; n < 1 + random.nextInt(4); n++) {
                damaged[random.nextInt(i % 3 == 0 ? 200 : damaged.length)] = (byte) random.nextInt(256);
            }
            if (i % 5 == 0) {
                damaged = java.util.Arrays.copyOf(damaged, random.nextInt(damaged.length));
            }
            Path into = Files.createDirectories(folder.resolve("damaged" + i));
            Files.write(into.resolve(name), damaged);
            try {
                Tokenizers.fromFolder(into).orElseThrow().encode("some text", true);
            } catch (ModelException e) {
                assertThat(e).hasMessageContaining(name);
                refused++;
            }
        }
        assertThat(refused).isBetween(50, 399);
    }

    @Test
    void whatIsNotSupportedIsRefusedByName() throws IOException {
        refuses("{\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0}}}", "WordLevel");
        refuses("{\"normalizer\":{\"type\":\"Nmt\"},\"model\":{\"vocab\":{\"a\":0},\"merges\":[]}}", "normalizer Nmt");
        refuses(
                "{\"pre_tokenizer\":{\"type\":\"UnicodeScripts\"},\"model\":{\"vocab\":{\"a\":0},\"merges\":[]}}",
                "pre_tokenizer UnicodeScripts");
        refuses("{\"decoder\":{\"type\":\"CTC\"},\"model\":{\"vocab\":{\"a\":0},\"merges\":[]}}", "decoder CTC");
        refuses("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a b\"]}}", "lacks the second");
        refuses(
                "{\"model\":{\"type\":\"BPE\",\"end_of_word_suffix\":\"</w>\",\"vocab\":{\"a\":0},\"merges\":[]}}",
                "end_of_word_suffix");
        refuses("{\"model\":{\"vocab\":{\"a\":99999999}}}", "out of range");
    }

    private void refuses(String json, String why) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), json);
        assertThatThrownBy(() -> Tokenizers.fromFolder(folder))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("tokenizer.json")
                .hasMessageContaining(why);
    }
}
