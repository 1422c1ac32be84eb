package dev.jerboa.train.data;

import dev.jerboa.model.json.JsonOut;
import dev.jerboa.model.token.split.ByteAlphabet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Learns a byte-level byte-pair encoding (Gage 1994; Sennrich, Haddow, Birch 2016) from texts and writes it as a Hugging Face
 * {@code tokenizer.json} with its {@code tokenizer_config.json}.
 *
 * <p>A word is letters with at most one space before them; each digit, sign, line end and other space is a token of its own.
 * The vocabulary is the special tokens, the 256 bytes, every character outside ASCII that was read, and then what merging the
 * most frequent pair of neighbours gives, again and again; of pairs equally frequent the one with the smaller ids. The same
 * texts in any order give the same files. For one thread.
 */
public final class TokenizerTrainer {
    private static final String WORDS = " ?[\\p{L}\\p{M}]+|\\p{N}|[^\\s\\p{L}\\p{M}\\p{N}]|\\s";
    private static final Pattern SPLIT = Pattern.compile(WORDS, Pattern.UNICODE_CHARACTER_CLASS);

    private final int size;
    private final List<String> specials;
    private final Map<String, Integer> words = new TreeMap<>();

    /**
     * @param size tokens of the vocabulary
     * @param specials texts of the special tokens; their ids are 0, 1, 2 …
     */
    public TokenizerTrainer(int size, List<String> specials) {
        if (size < specials.size() + 256) {
            throw new IllegalArgumentException("a vocabulary of " + size + " tokens has no room for 256 bytes and "
                    + specials.size() + " special tokens");
        }
        this.size = size;
        this.specials = List.copyOf(specials);
    }

    /** Counts the words of a text, which has no special tokens in it. */
    public void read(String text) {
        Matcher matcher = SPLIT.matcher(text);
        while (matcher.find()) {
            words.merge(matcher.group(), 1, Integer::sum);
        }
    }

    /**
     * Learns the merges and writes the two files into a folder, which is made where it is missing.
     *
     * @param endToken the special token that ends a text, also its padding
     * @param chatTemplate the Jinja template of the conversation
     * @throws IllegalArgumentException where the texts are too few for a vocabulary of this size
     * @throws UncheckedIOException where the files cannot be written
     */
    public void write(Path folder, String endToken, String chatTemplate) {
        Learned learned = new Learned(specials.size());
        learned.run();
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("tokenizer.json"), tokenizerJson(learned));
            Files.writeString(folder.resolve("tokenizer_config.json"), configJson(endToken, chatTemplate));
        } catch (IOException e) {
            throw new UncheckedIOException(folder + ": the tokenizer cannot be written: " + e.getMessage(), e);
        }
    }

    /** The vocabulary as it grows: the tokens' texts in the byte alphabet, and the merges in order. */
    private final class Learned {
        final List<String> tokens = new ArrayList<>(specials);
        final List<String[]> merges = new ArrayList<>();
        private final int firstByte;
        private final List<int[]> spelled = new ArrayList<>();
        private final List<Integer> counts = new ArrayList<>();
        /** The characters outside ASCII, in the order of their code points, spelled likewise. */
        private final List<int[]> letters = new ArrayList<>();

        Learned(int firstByte) {
            this.firstByte = firstByte;
            for (int b = 0; b < 256; b++) {
                tokens.add(String.valueOf(ByteAlphabet.character((byte) b)));
            }
            words.forEach((word, count) -> {
                spelled.add(bytes(word));
                counts.add(count);
            });
            TreeSet<Integer> characters = new TreeSet<>();
            words.keySet()
                    .forEach(word -> word.codePoints().filter(c -> c > 127).forEach(characters::add));
            characters.forEach(character -> letters.add(bytes(Character.toString(character))));
        }

        private int[] bytes(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            int[] ids = new int[bytes.length];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = firstByte + (bytes[i] & 0xff);
            }
            return ids;
        }

        void run() {
            for (int letter = 0; letter < letters.size(); letter++) {
                while (letters.get(letter).length > 1) {
                    merge(letters.get(letter)[0], letters.get(letter)[1]);
                }
            }
            while (tokens.size() < size) {
                long pair = mostFrequent();
                merge((int) (pair >>> 32), (int) pair);
            }
        }

        private void merge(int left, int right) {
            if (tokens.size() == size) {
                throw new IllegalArgumentException("a vocabulary of " + size
                        + " tokens has no room for every character that was read; make it larger");
            }
            int id = tokens.size();
            merges.add(new String[] {tokens.get(left), tokens.get(right)});
            tokens.add(tokens.get(left) + tokens.get(right));
            spelled.replaceAll(word -> joined(word, left, right, id));
            letters.replaceAll(letter -> joined(letter, left, right, id));
        }

        private long mostFrequent() {
            Map<Long, Long> pairs = new HashMap<>();
            for (int w = 0; w < spelled.size(); w++) {
                int[] word = spelled.get(w);
                for (int i = 0; i + 1 < word.length; i++) {
                    pairs.merge(((long) word[i] << 32) | word[i + 1], (long) counts.get(w), Long::sum);
                }
            }
            long best = -1;
            long most = 0;
            for (Map.Entry<Long, Long> entry : pairs.entrySet()) {
                if (entry.getValue() > most || (entry.getValue() == most && entry.getKey() < best)) {
                    best = entry.getKey();
                    most = entry.getValue();
                }
            }
            if (best < 0) {
                throw new IllegalArgumentException("the texts give a vocabulary of " + tokens.size() + " tokens, not "
                        + size + "; read more of them");
            }
            return best;
        }

        private static int[] joined(int[] word, int left, int right, int id) {
            int n = 0;
            int[] next = new int[word.length];
            for (int i = 0; i < word.length; i++) {
                boolean here = word[i] == left && i + 1 < word.length && word[i + 1] == right;
                next[n++] = here ? id : word[i];
                i += here ? 1 : 0;
            }
            return n == word.length ? word : Arrays.copyOf(next, n);
        }
    }

    private String tokenizerJson(Learned learned) {
        StringBuilder out = new StringBuilder(1 << 15);
        out.append("{\n  \"version\": \"1.0\",\n  \"truncation\": null,\n  \"padding\": null,\n  \"added_tokens\": [");
        for (int i = 0; i < specials.size(); i++) {
            out.append(i == 0 ? "\n" : ",\n").append("    {\"id\": ").append(i).append(", \"content\": ");
            JsonOut.string(specials.get(i), out);
            out.append(", \"single_word\": false, \"lstrip\": false, \"rstrip\": false, \"normalized\": false,");
            out.append(" \"special\": true}");
        }
        out.append(
                "\n  ],\n  \"normalizer\": null,\n  \"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [\n");
        out.append("    {\"type\": \"Split\", \"pattern\": {\"Regex\": ");
        JsonOut.string(WORDS, out);
        out.append("}, \"behavior\": \"Isolated\", \"invert\": false},\n");
        out.append("    {\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": true,");
        out.append(" \"use_regex\": false}\n  ]},\n  \"post_processor\": null,\n");
        out.append("  \"decoder\": {\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": true,");
        out.append(" \"use_regex\": false},\n  \"model\": {\n    \"type\": \"BPE\",\n    \"dropout\": null,\n");
        out.append("    \"unk_token\": null,\n    \"continuing_subword_prefix\": null,\n");
        out.append("    \"end_of_word_suffix\": null,\n    \"fuse_unk\": false,\n    \"byte_fallback\": false,\n");
        out.append("    \"ignore_merges\": false,\n    \"vocab\": {");
        for (int id = 0; id < learned.tokens.size(); id++) {
            out.append(id == 0 ? "\n      " : ",\n      ");
            JsonOut.string(learned.tokens.get(id), out);
            out.append(": ").append(id);
        }
        out.append("\n    },\n    \"merges\": [");
        for (int m = 0; m < learned.merges.size(); m++) {
            out.append(m == 0 ? "\n      [" : ",\n      [");
            JsonOut.string(learned.merges.get(m)[0], out);
            out.append(", ");
            JsonOut.string(learned.merges.get(m)[1], out);
            out.append(']');
        }
        return out.append("\n    ]\n  }\n}\n").toString();
    }

    private static String configJson(String endToken, String chatTemplate) {
        StringBuilder out = new StringBuilder(1 << 10);
        out.append("{\n  \"tokenizer_class\": \"PreTrainedTokenizerFast\",\n  \"add_bos_token\": false,\n");
        out.append("  \"bos_token\": null,\n  \"eos_token\": ");
        JsonOut.string(endToken, out);
        out.append(",\n  \"pad_token\": ");
        JsonOut.string(endToken, out);
        out.append(",\n  \"clean_up_tokenization_spaces\": false,\n  \"chat_template\": ");
        JsonOut.string(chatTemplate, out);
        return out.append("\n}\n").toString();
    }
}
