package dev.jerboa.model.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.jerboa.testkit.SharedFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;

/** The texts and ids beside the published vocabularies. */
final class Vectors {
    private Vectors() {}

    /** The texts of a vocabulary, parted by a line of their own. */
    static List<String> texts(String name) {
        return List.of(
                read("oracle/tokenizers/ggml-vocab-" + name + ".gguf.inp").split("\n__ggml_vocab_test__\n", -1));
    }

    /** The ids of each text, a line each. */
    static List<int[]> ids(String name) {
        return read("oracle/tokenizers/ggml-vocab-" + name + ".gguf.out")
                .lines()
                .map(line -> Arrays.stream(line.trim().split("\\s+"))
                        .filter(id -> !id.isEmpty())
                        .mapToInt(Integer::parseInt)
                        .toArray())
                .toList();
    }

    /** Compares every text. */
    static void check(Tokenizer tokenizer, String name) {
        List<String> texts = texts(name);
        List<int[]> ids = ids(name);
        assertThat(ids.size()).isGreaterThan(40);
        assertThat(texts.size()).isGreaterThanOrEqualTo(ids.size());
        for (int i = 0; i < ids.size(); i++) {
            assertThat(tokenizer.encode(texts.get(i), false))
                    .as("%s, text %d: %s", name, i, texts.get(i))
                    .isEqualTo(ids.get(i));
        }
    }

    private static String read(String file) {
        try {
            return Files.readString(SharedFolder.require(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
