package dev.jerboa.model.token;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.gguf.Metadata;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The {@code tokenizer.ggml.*} keys of a tokenizer, whatever it was read from: byte-level BPE as {@code gpt2}, SentencePiece's and
 * byte-fallback BPE as {@code llama}. What is given reads a sample of texts as the tokenizer itself does; nothing else is given.
 */
public final class TokenizerKeys {
    private static final String KEY = "tokenizer.ggml.";

    /** Pre-tokenizers to try, after those that an architecture's models mostly have. */
    private static final List<String> PRETOKENIZERS = List.of(
            "llama-bpe",
            "qwen2",
            "deepseek-v3",
            "gpt-4o",
            "tekken",
            "kimi-k2",
            "glm4",
            "qwen35",
            "minimax-m2",
            "seed-coder",
            "deepseek-llm",
            "deepseek-coder",
            "gpt-2",
            "starcoder",
            "falcon",
            "default");

    /** Numbers, contractions, scripts, white space and punctuation, each in places where pre-tokenizers differ. */
    private static final String SAMPLE =
            "Hello, World! It's we'RE don't I'll 1 12 123 1234 12345678 3.14159 0x1F4 ½ ²³ Ⅳ ٣٤٥"
                    + "\n\n\n  leading   spaces\t\ttabs \n \n\r\n trailing  \n"
                    + "snake_case camelCase HTTPServer x+=y*z; if(a==b){return c->d;} // note /* end */ #tag @you $5 50% a/b\\c ~`|^"
                    + " ÄÖÜ straße naïve café x\u0301a ŁÓDŹ Привет МИР Γειά σου שלום عليكم नमस्ते สวัสดี 你好，世界。漢字かなカナ 한국어 ひらがな"
                    + " 日本語123テスト 😀👩\u200d👩\u200d👧 ✓ → ≤ “quoted” ‘single’ — dash… ¿qué? a\u00a0b\u3000c\u2003d"
                    + " <html> </p> [x] (y) {z} \"json\": null, 'it''s' ...!!! ??? --- ___ *** == === ://www.example.org/?q=1&r=2 ";

    private TokenizerKeys() {}

    /**
     * The keys, with values as {@link Metadata} has them.
     *
     * @param architecture of the GGUF file: models of one mostly have the same pre-tokenizer
     * @param size the model's vocabulary; ids without a token become unused ones
     * @param source for messages
     * @throws ModelException where GGUF has no tokenizer that gives the same tokens
     */
    public static Map<String, Object> of(Tokenizer tokenizer, String architecture, int size, String source) {
        if (!(tokenizer instanceof PipelineTokenizer pipeline)) {
            throw new ModelException(source + ": the tokenizer is of a kind that has no keys in GGUF");
        }
        Map<String, Object> common = common(pipeline, size);
        return switch (pipeline.model()) {
            case BytePair pairs
            when pipeline.vocabulary().ofBytes() -> bytePair(pipeline, pairs, common, architecture, source);
            case BytePair pairs -> sentencePiece(pipeline, pairs, common, source);
            default ->
                throw new ModelException(source + ": a tokenizer by "
                        + pipeline.model().getClass().getSimpleName()
                        + " cannot be written as GGUF keys; byte-pair encoding can");
        };
    }

    private static Map<String, Object> common(PipelineTokenizer tokenizer, int size) {
        Vocabulary vocabulary = tokenizer.vocabulary();
        String[] tokens = new String[size];
        long[] types = new long[size];
        for (int id = 0; id < size; id++) {
            boolean known = id < vocabulary.size() && vocabulary.length(id) > 0;
            tokens[id] = known ? vocabulary.written(id) : "[PAD" + id + "]";
            types[id] = known ? vocabulary.type(id) : Vocabulary.UNUSED;
        }
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put(KEY + "tokens", tokens);
        keys.put(KEY + "token_type", types);
        id(keys, "bos", tokenizer.bos());
        id(keys, "eos", tokenizer.eos());
        if (tokenizer.eot() != tokenizer.eos()) {
            id(keys, "eot", tokenizer.eot());
        }
        keys.put(KEY + "add_bos_token", tokenizer.prefix().length > 0);
        if (tokenizer.suffix().length > 0) {
            keys.put(KEY + "add_eos_token", true);
        }
        return keys;
    }

    private static void id(Map<String, Object> keys, String role, int id) {
        if (id >= 0) {
            keys.put(KEY + role + "_token_id", (long) id);
        }
    }

    private static Map<String, Object> bytePair(
            PipelineTokenizer tokenizer,
            BytePair pairs,
            Map<String, Object> common,
            String architecture,
            String source) {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put(KEY + "model", "gpt2");
        keys.put(KEY + "pre", "");
        keys.putAll(common);
        id(keys, "unknown", pairs.unknown());
        keys.put(KEY + "merges", merges(tokenizer.vocabulary(), pairs));
        Set<String> candidates = new LinkedHashSet<>(usual(architecture));
        candidates.addAll(PRETOKENIZERS);
        for (String name : candidates) {
            keys.put(KEY + "pre", name);
            if (agrees(tokenizer, keys, source)) {
                return keys;
            }
        }
        throw new ModelException(source + ": none of GGUF's pre-tokenizers " + candidates
                + " cuts texts as the model's tokenizer does; its keys would give other tokens");
    }

    private static List<String> usual(String architecture) {
        return switch (architecture) {
            case "qwen2", "qwen2moe", "qwen3", "qwen3moe", "qwen3next" -> List.of("qwen2");
            case "qwen35", "qwen35moe" -> List.of("qwen35");
            case "deepseek2", "deepseek32", "deepseek4" -> List.of("deepseek-v3", "deepseek-llm", "kimi-k2");
            case "kimi-linear" -> List.of("kimi-k2");
            case "gpt-oss" -> List.of("gpt-4o");
            case "llama4" -> List.of("llama4");
            case "glm4", "glm4moe", "chatglm", "glm-dsa" -> List.of("glm4");
            case "minimax-m2" -> List.of("minimax-m2");
            case "mistral3", "mistral4" -> List.of("tekken");
            default -> List.of();
        };
    }

    private static boolean agrees(PipelineTokenizer tokenizer, Map<String, Object> keys, String source) {
        Tokenizer read = GgufTokenizer.read(new Metadata(source, keys), source);
        for (int from = 0; from < SAMPLE.length(); from += 97) { // texts that begin at all kinds of places
            String text = SAMPLE.substring(Character.isLowSurrogate(SAMPLE.charAt(from)) ? from + 1 : from);
            if (!Arrays.equals(read.encode(text, false), tokenizer.encode(text, false))) {
                return false;
            }
        }
        return true;
    }

    /** The merges in their order; of a tokenizer without, those that make each token of two others, as tiktoken does. */
    static String[] merges(Vocabulary vocabulary, BytePair pairs) {
        MergeTable table = pairs.merges();
        if (table != null) {
            List<String> lines = new ArrayList<>();
            for (long pair : table.pairs()) {
                if (pair >= 0) {
                    lines.add(vocabulary.written((int) (pair >> 20)) + " "
                            + vocabulary.written((int) (pair & (1 << 20) - 1)));
                }
            }
            return lines.toArray(String[]::new);
        }
        List<String> lines = new ArrayList<>();
        for (int id = 0; id < vocabulary.size(); id++) {
            int cut = vocabulary.type(id) == Vocabulary.NORMAL && !vocabulary.isRaw(id) ? lastCut(vocabulary, id) : -1;
            if (cut > 0) {
                int start = vocabulary.start(id);
                int left = vocabulary.find(vocabulary.text(), start, start + cut);
                int right = vocabulary.find(vocabulary.text(), start + cut, start + vocabulary.length(id));
                lines.add(vocabulary.written(left) + " " + vocabulary.written(right));
            }
        }
        return lines.toArray(String[]::new);
    }

    /** Where the last two parts of a token meet when its bytes are merged by tokens of lower numbers; −1 where more are left. */
    private static int lastCut(Vocabulary vocabulary, int id) {
        int start = vocabulary.start(id);
        int length = vocabulary.length(id);
        List<Integer> cuts = new ArrayList<>();
        for (int i = 0; i <= length; i++) {
            cuts.add(i);
        }
        while (cuts.size() > 3) {
            int best = -1;
            int rank = id;
            for (int i = 1; i + 1 < cuts.size(); i++) {
                int whole = vocabulary.find(vocabulary.text(), start + cuts.get(i - 1), start + cuts.get(i + 1));
                if (whole >= 0 && whole < rank) {
                    rank = whole;
                    best = i;
                }
            }
            if (best < 0) {
                return -1;
            }
            cuts.remove(best);
        }
        return cuts.size() == 3 ? cuts.get(1) : -1;
    }

    private static Map<String, Object> sentencePiece(
            PipelineTokenizer tokenizer, BytePair pairs, Map<String, Object> common, String source) {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put(KEY + "model", "llama");
        keys.put(KEY + "pre", "default");
        keys.putAll(common);
        int unknown = pairs.unknown();
        long[] types = (long[]) common.get(KEY + "token_type");
        if (types != null && unknown >= 0 && unknown < types.length) {
            types[unknown] = Vocabulary.UNKNOWN;
        }
        keys.put(KEY + "scores", scores(tokenizer.vocabulary(), pairs, types == null ? 0 : types.length));
        id(keys, "unknown", unknown);
        keys.putIfAbsent(KEY + "add_eos_token", false);
        for (boolean prefix : new boolean[] {true, false}) {
            keys.put(KEY + "add_space_prefix", prefix);
            if (agrees(tokenizer, keys, source)) {
                return keys;
            }
        }
        throw new ModelException(source
                + ": the tokenizer gives other tokens than SentencePiece's with the same pieces would, which is what GGUF has"
                + " for vocabularies of text");
    }

    /** Scores by which the tokens of earlier merges are merged first. */
    private static double[] scores(Vocabulary vocabulary, BytePair pairs, int size) {
        double[] scores = new double[size];
        MergeTable table = pairs.merges();
        if (table == null) {
            for (int id = 0; id < size && id < vocabulary.size(); id++) {
                scores[id] = vocabulary.score(id);
            }
            return scores;
        }
        long[] all = table.pairs();
        for (int id = 0; id < size && id < vocabulary.size(); id++) {
            scores[id] = vocabulary.type(id) == Vocabulary.NORMAL ? -all.length : 0;
        }
        for (int rank = all.length - 1; rank >= 0; rank--) {
            int merged = table.merged(rank);
            if (all[rank] >= 0 && merged < size) {
                scores[merged] = -rank;
            }
        }
        return scores;
    }
}
