package dev.jerboa.server;

import dev.jerboa.kernel.dtype.DType;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.model.safetensors.SafetensorsWriter;
import dev.jerboa.model.tensor.StoredTensor;
import dev.jerboa.model.tensor.TensorBody;
import dev.jerboa.testkit.schema.RandomSchema;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Hugging Face folder of a small chat model that knows nothing: random weights, and a byte-level vocabulary of some thousand tokens,
 * the commonest words of text and JSON and what they begin with, cut between bytes, so that tokens end inside characters and cross the
 * borders of a document's parts.
 */
final class RandomChat {
    private static final int VOCABULARY = 4096;
    private static final int HIDDEN = 64;
    private static final int WIDTH = 128;
    private static final int LAYERS = 2;
    /** How GPT-2 cuts texts into words, before bytes are merged. */
    private static final Pattern WORD = Pattern.compile(
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            Pattern.UNICODE_CHARACTER_CLASS);

    private static final List<String> SPECIALS = List.of("<|end|>", "<|user|>", "<|assistant|>");
    private static final String TEMPLATE =
            "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>"
                    + "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}";

    private RandomChat() {}

    /** Writes all of it into an empty folder. */
    static void write(Path folder) throws IOException {
        Map<String, Object> vocabulary = vocabulary();
        List<Object> added = new ArrayList<>();
        for (String special : SPECIALS) {
            int id = vocabulary.size() + added.size();
            added.add(Map.of("id", id, "content", special, "special", true, "normalized", false));
        }
        Files.writeString(
                folder.resolve("config.json"), """
                {"model_type": "llama", "vocab_size": %d, "hidden_size": %d, "intermediate_size": %d,
                 "num_hidden_layers": %d, "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-5,
                 "max_position_embeddings": 1024, "tie_word_embeddings": true, "eos_token_id": %d}
                """.formatted(VOCABULARY, HIDDEN, WIDTH, LAYERS, vocabulary.size()));
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                JsonOut.line(Map.of("eos_token", SPECIALS.getFirst(), "chat_template", TEMPLATE)));
        Files.writeString(
                folder.resolve("tokenizer.json"), """
                {"version": "1.0", "added_tokens": %s, "normalizer": null, "post_processor": null,
                 "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
                 "decoder": {"type": "ByteLevel"},
                 "model": {"type": "BPE", "vocab": %s, "merges": []}}
                """.formatted(JsonOut.line(added), JsonOut.line(vocabulary)));
        weights(folder.resolve("model.safetensors"));
    }

    private static void weights(Path file) {
        SafetensorsWriter writer = new SafetensorsWriter();
        SplittableRandom random = new SplittableRandom(1);
        normal(writer, random, "model.embed_tokens.weight", 0.3, VOCABULARY, HIDDEN);
        normal(writer, random, "model.norm.weight", 1, HIDDEN);
        for (int l = 0; l < LAYERS; l++) {
            String layer = "model.layers." + l + ".";
            normal(writer, random, layer + "input_layernorm.weight", 1, HIDDEN);
            normal(writer, random, layer + "self_attn.q_proj.weight", 0.1, HIDDEN, HIDDEN);
            normal(writer, random, layer + "self_attn.k_proj.weight", 0.1, HIDDEN / 2, HIDDEN);
            normal(writer, random, layer + "self_attn.v_proj.weight", 0.1, HIDDEN / 2, HIDDEN);
            normal(writer, random, layer + "self_attn.o_proj.weight", 0.1, HIDDEN, HIDDEN);
            normal(writer, random, layer + "post_attention_layernorm.weight", 1, HIDDEN);
            normal(writer, random, layer + "mlp.gate_proj.weight", 0.1, WIDTH, HIDDEN);
            normal(writer, random, layer + "mlp.up_proj.weight", 0.1, WIDTH, HIDDEN);
            normal(writer, random, layer + "mlp.down_proj.weight", 0.1, HIDDEN, WIDTH);
        }
        writer.write(file);
    }

    private static void normal(
            SafetensorsWriter writer, SplittableRandom random, String name, double deviation, long... shape) {
        float[] values = new float[(int) StoredTensor.elements(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        writer.tensor(name, DType.F32, shape, TensorBody.of(values));
    }

    /** Bytes first, then the words and beginnings of words that save most, as byte-level tokenizers write them. */
    private static Map<String, Object> vocabulary() throws IOException {
        String[] letters = letters();
        Set<String> tokens = new LinkedHashSet<>(List.of(letters));
        Map<String, Integer> gains = new HashMap<>();
        Matcher words = WORD.matcher(corpus());
        while (words.find()) {
            StringBuilder token = new StringBuilder();
            int length = 0;
            for (byte b : words.group().getBytes(StandardCharsets.UTF_8)) {
                token.append(letters[b & 0xff]);
                if (++length > 1 && length <= 24) {
                    gains.merge(token.toString(), length, Integer::sum);
                }
            }
        }
        gains.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(VOCABULARY - tokens.size() - SPECIALS.size())
                .forEach(entry -> tokens.add(entry.getKey()));
        Map<String, Object> ids = new LinkedHashMap<>();
        tokens.forEach(token -> ids.put(token, (long) ids.size()));
        return ids;
    }

    /** The visible character that stands for each byte. */
    private static String[] letters() {
        String[] letters = new String[256];
        int extra = 256;
        for (int b = 0; b < 256; b++) {
            boolean printable = b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae;
            letters[b] = Character.toString(printable ? b : extra++);
        }
        return letters;
    }

    /** Prose, code and JSON, some of it on many lines. */
    private static String corpus() throws IOException {
        Path root = Path.of(System.getProperty("jerboa.root", ".."));
        StringBuilder corpus = new StringBuilder();
        for (String file : List.of("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "pom.xml")) {
            corpus.append(Files.readString(root.resolve(file)));
        }
        Random random = new Random(2);
        for (int i = 0; i < 150; i++) {
            Object schema = new RandomSchema(random).root();
            corpus.append(i % 3 == 0 ? JsonOut.text(schema) : JsonOut.line(schema));
        }
        return corpus.toString();
    }
}
