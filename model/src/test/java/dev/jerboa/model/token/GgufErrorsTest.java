package dev.jerboa.model.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.gguf.Metadata;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Small and wrong {@code tokenizer.ggml.*} keys. */
class GgufErrorsTest {
    private static final String KEY = "tokenizer.ggml.";

    private static Map<String, Object> bytePair() {
        Map<String, Object> values = new HashMap<>();
        values.put(KEY + "model", "gpt2");
        values.put(KEY + "pre", "gpt-2");
        values.put(KEY + "tokens", new String[] {"a", "b", "ab", "<|im_end|>", "<think>"});
        values.put(KEY + "token_type", new long[] {1, 1, 1, 3, 4});
        values.put(KEY + "merges", new String[] {"a b"});
        return values;
    }

    private static Tokenizer read(Map<String, Object> values) {
        return Tokenizers.fromGguf(new Metadata("test.gguf", values), "test.gguf")
                .orElseThrow();
    }

    private static void refuses(String key, Object value, String why) {
        Map<String, Object> values = bytePair();
        values.put(KEY + key, value);
        assertThatThrownBy(() -> read(values))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("test.gguf")
                .hasMessageContaining(why);
    }

    @Test
    void wrongKeysAreRefused() {
        refuses("model", "rwkv", "rwkv");
        refuses("pre", "no-such-pre", "no-such-pre");
        refuses("tokens", new String[0], "token_type");
        refuses("token_type", new long[] {1}, "token_type has 1 entries");
        refuses("bos_token_id", 77L, "bos_token_id is 77");
        refuses("merges", new String[] {"ab"}, "merge 0");
        refuses("merges", 3L, "merges");
        refuses("model", "llama", "scores is missing");
    }

    @Test
    void idsOutsideOfTheVocabularyAreRefused() {
        Tokenizer tokenizer = read(bytePair());

        assertThatThrownBy(() -> tokenizer.token(5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> tokenizer.decode(new int[] {-1}, true)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> tokenizer.stream(false).next(5)).isInstanceOf(IllegalArgumentException.class);
        assertThat(tokenizer.id("c")).isEqualTo(-1);
        assertThat(tokenizer.bos()).isEqualTo(-1);
        assertThat(tokenizer.eot()).isEqualTo(3);
    }

    @Test
    void specialTokensOfTextAreReadOnlyWhereAllowed() {
        Tokenizer tokenizer = read(bytePair());

        assertThat(tokenizer.encode("ab<|im_end|><think>", true)).containsExactly(2, 3, 4);
        assertThat(tokenizer.encode("ab<think>a", false)).containsExactly(2, 4, 0);
        assertThat(tokenizer.encode("<|im_end|>", false)).doesNotContain(3);
        assertThat(tokenizer.decode(new int[] {2, 3, 4}, false)).isEqualTo("ab<think>");
        assertThat(tokenizer.decode(new int[] {2, 3, 4}, true)).isEqualTo("ab<|im_end|><think>");
    }

    @Test
    void unigramOfGguf() {
        Map<String, Object> values = new HashMap<>();
        values.put(KEY + "model", "t5");
        values.put(KEY + "tokens", new String[] {"<pad>", "</s>", "<unk>", "\u2581a", "b", "\u2581", "a"});
        values.put(KEY + "token_type", new long[] {3, 3, 2, 1, 1, 1, 1});
        values.put(KEY + "scores", new double[] {0, 0, 0, -2, -3, -4, -3});
        values.put(KEY + "remove_extra_whitespaces", true);
        Tokenizer tokenizer = read(values);

        assertThat(tokenizer.encode("  ab  ba ", false)).containsExactly(3, 4, 5, 4, 6);
        assertThat(tokenizer.encode("xyb", false)).containsExactly(5, 2, 4);
        assertThat(tokenizer.decode(new int[] {3, 4, 5, 4}, false)).isEqualTo("ab b");
        assertThat(tokenizer.suffix()).containsExactly(1);
    }

    @Test
    void textMergesOfGguf() {
        Map<String, Object> values = bytePair();
        values.put(KEY + "model", "gemma4");
        values.put(KEY + "tokens", new String[] {"a", "\u2581", "\u2581a", "\n\n", "\n", "<0xC3>", "<0xA9>"});
        values.put(KEY + "token_type", new long[] {1, 1, 1, 1, 1, 6, 6});
        values.put(KEY + "merges", new String[] {"\u2581 a"});
        values.put(KEY + "bos_token_id", 0L);
        Tokenizer tokenizer = read(values);

        assertThat(tokenizer.encode("a a\n\n\u00e9\n", false)).containsExactly(0, 2, 3, 5, 6, 4);
        assertThat(tokenizer.prefix()).containsExactly(0);
        assertThat(tokenizer.decode(new int[] {2, 3, 5, 6}, false)).isEqualTo(" a\n\n\u00e9");
    }
}
