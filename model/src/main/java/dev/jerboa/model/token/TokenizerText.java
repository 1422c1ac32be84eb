package dev.jerboa.model.token;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.gguf.Metadata;
import dev.jerboa.model.json.JsonOut;
import dev.jerboa.model.token.split.PretokenizerTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The tokenizer files of a Hugging Face folder from a GGUF file's {@code tokenizer.ggml.*} keys. */
public final class TokenizerText {
    private static final String KEY = "tokenizer.ggml.";
    private static final String MARK = "\u2581";

    private TokenizerText() {}

    /**
     * Texts by the names of their files: {@code tokenizer.json}, where the tokenizer is byte-level BPE or SentencePiece's BPE and
     * the format can say it, {@code tokenizer_config.json}, {@code chat_template.jinja}. None where there is no tokenizer.
     */
    public static Map<String, String> files(Metadata metadata, String source, Optional<String> template) {
        Map<String, String> files = new LinkedHashMap<>();
        template.ifPresent(text -> files.put("chat_template.jinja", text));
        if (!metadata.has(KEY + "tokens")) {
            return files;
        }
        if (!(GgufTokenizer.read(metadata, source) instanceof PipelineTokenizer tokenizer)) {
            return files;
        }
        Map<String, @Nullable Object> config = new LinkedHashMap<>();
        config.put("tokenizer_class", "PreTrainedTokenizerFast");
        config.put("add_bos_token", tokenizer.prefix().length > 0);
        config.put("add_eos_token", tokenizer.suffix().length > 0);
        if (tokenizer.bos() >= 0) {
            config.put("bos_token", tokenizer.token(tokenizer.bos()));
        }
        if (tokenizer.eos() >= 0) {
            config.put("eos_token", tokenizer.token(tokenizer.eos()));
        }
        files.put("tokenizer_config.json", JsonOut.text(config) + "\n");
        String model = metadata.string(KEY + "model");
        if (model.equals("gpt2") && tokenizer.model() instanceof BytePair pairs) {
            PretokenizerTable.Pretokenizer pre =
                    PretokenizerTable.named(metadata.string(KEY + "pre", "default"), source);
            if (pre.bytes() && pre.patterns().size() == pre.splitters().size()) {
                files.put("tokenizer.json", JsonOut.line(bytePair(tokenizer, pairs, pre)) + "\n");
            }
        } else if (model.equals("llama")) {
            boolean prefix = metadata.flag(KEY + "add_space_prefix", true);
            files.put("tokenizer.json", JsonOut.line(sentencePiece(tokenizer, prefix)) + "\n");
        }
        return files;
    }

    private static Map<String, @Nullable Object> object(@Nullable Object... pairs) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            object.put(String.valueOf(pairs[i]), pairs[i + 1]);
        }
        return object;
    }

    private static Map<String, @Nullable Object> document(
            PipelineTokenizer tokenizer,
            @Nullable Object normalizer,
            @Nullable Object splitter,
            Object decoder,
            Object model) {
        return object(
                "version",
                "1.0",
                "truncation",
                null,
                "padding",
                null,
                "added_tokens",
                added(tokenizer.vocabulary()),
                "normalizer",
                normalizer,
                "pre_tokenizer",
                splitter,
                "post_processor",
                template(tokenizer),
                "decoder",
                decoder,
                "model",
                model);
    }

    private static List<Object> added(Vocabulary vocabulary) {
        List<Object> added = new ArrayList<>();
        for (int id = 0; id < vocabulary.size(); id++) {
            byte type = vocabulary.type(id);
            boolean special = type == Vocabulary.CONTROL || type == Vocabulary.UNKNOWN;
            if ((special || type == Vocabulary.USER_DEFINED) && vocabulary.length(id) > 0) {
                added.add(object(
                        "id",
                        (long) id,
                        "content",
                        vocabulary.written(id),
                        "single_word",
                        false,
                        "lstrip",
                        false,
                        "rstrip",
                        false,
                        "normalized",
                        false,
                        "special",
                        special));
            }
        }
        return added;
    }

    /** What is put before and after a text. */
    private static @Nullable Object template(PipelineTokenizer tokenizer) {
        if (tokenizer.prefix().length == 0 && tokenizer.suffix().length == 0) {
            return null;
        }
        List<Object> single = new ArrayList<>();
        Map<String, @Nullable Object> specials = new LinkedHashMap<>();
        for (int id : tokenizer.prefix()) {
            single.add(special(tokenizer, id, specials));
        }
        single.add(object("Sequence", object("id", "A", "type_id", 0L)));
        for (int id : tokenizer.suffix()) {
            single.add(special(tokenizer, id, specials));
        }
        List<Object> pair = new ArrayList<>(single);
        pair.add(object("Sequence", object("id", "B", "type_id", 1L)));
        return object("type", "TemplateProcessing", "single", single, "pair", pair, "special_tokens", specials);
    }

    private static Object special(PipelineTokenizer tokenizer, int id, Map<String, @Nullable Object> specials) {
        String text = tokenizer.token(id);
        specials.put(text, object("id", text, "ids", List.of((long) id), "tokens", List.of(text)));
        return object("SpecialToken", object("id", text, "type_id", 0L));
    }

    private static Map<String, @Nullable Object> bytePair(
            PipelineTokenizer tokenizer, BytePair pairs, PretokenizerTable.Pretokenizer pre) {
        List<Object> splitters = new ArrayList<>();
        for (String pattern : pre.patterns()) {
            splitters.add(object(
                    "type", "Split", "pattern", object("Regex", pattern), "behavior", "Isolated", "invert", false));
        }
        splitters.add(object("type", "ByteLevel", "add_prefix_space", false, "trim_offsets", true, "use_regex", false));
        Vocabulary vocabulary = tokenizer.vocabulary();
        Map<String, @Nullable Object> ids = new LinkedHashMap<>();
        for (int id = 0; id < vocabulary.size(); id++) {
            if (vocabulary.type(id) == Vocabulary.NORMAL && vocabulary.length(id) > 0) {
                ids.putIfAbsent(vocabulary.written(id), (long) id);
            }
        }
        return document(
                tokenizer,
                null,
                object("type", "Sequence", "pretokenizers", splitters),
                object("type", "ByteLevel", "add_prefix_space", true, "trim_offsets", true, "use_regex", true),
                model(
                        ids,
                        List.of((Object[]) TokenizerKeys.merges(vocabulary, pairs)),
                        pairs.unknown() < 0 ? null : vocabulary.written(pairs.unknown()),
                        false,
                        pre.ignoreMerges()));
    }

    private static Map<String, @Nullable Object> model(
            Map<String, @Nullable Object> ids,
            List<Object> merges,
            @Nullable String unknown,
            boolean ofText,
            boolean ignoreMerges) {
        return object(
                "type",
                "BPE",
                "dropout",
                null,
                "unk_token",
                unknown,
                "continuing_subword_prefix",
                null,
                "end_of_word_suffix",
                null,
                "fuse_unk",
                ofText,
                "byte_fallback",
                ofText,
                "ignore_merges",
                ignoreMerges,
                "vocab",
                ids,
                "merges",
                merges);
    }

    private static Map<String, @Nullable Object> sentencePiece(PipelineTokenizer tokenizer, boolean prefix) {
        Vocabulary vocabulary = tokenizer.vocabulary();
        Map<String, @Nullable Object> ids = new LinkedHashMap<>();
        String unknown = null;
        for (int id = 0; id < vocabulary.size(); id++) {
            if (vocabulary.length(id) > 0) {
                ids.putIfAbsent(vocabulary.written(id), (long) id);
                unknown = vocabulary.type(id) == Vocabulary.UNKNOWN ? vocabulary.written(id) : unknown;
            }
        }
        List<Object> normalizers = new ArrayList<>();
        if (prefix) {
            normalizers.add(object("type", "Prepend", "prepend", MARK));
        }
        normalizers.add(object("type", "Replace", "pattern", object("String", " "), "content", MARK));
        List<Object> decoders = new ArrayList<>(List.of(
                object("type", "Replace", "pattern", object("String", MARK), "content", " "),
                object("type", "ByteFallback"),
                object("type", "Fuse")));
        if (prefix) {
            decoders.add(object("type", "Strip", "content", " ", "start", 1L, "stop", 0L));
        }
        return document(
                tokenizer,
                object("type", "Sequence", "normalizers", normalizers),
                null,
                object("type", "Sequence", "decoders", decoders),
                model(ids, mergesByScore(vocabulary), unknown, true, false));
    }

    private record Merge(int left, int right, double score) {}

    /** Every way to make a token of two others, those of high scores first. */
    private static List<Object> mergesByScore(Vocabulary vocabulary) {
        List<Merge> merges = new ArrayList<>();
        byte[] text = vocabulary.text();
        for (int id = 0; id < vocabulary.size(); id++) {
            if (vocabulary.type(id) != Vocabulary.NORMAL) {
                continue;
            }
            int start = vocabulary.start(id);
            int end = start + vocabulary.length(id);
            for (int cut = start + 1; cut < end; cut++) {
                if ((text[cut] & 0xc0) != 0x80) {
                    int left = vocabulary.find(text, start, cut);
                    int right = vocabulary.find(text, cut, end);
                    if (left >= 0 && right >= 0) {
                        merges.add(new Merge(left, right, vocabulary.score(id)));
                    }
                }
            }
        }
        merges.sort(Comparator.comparingDouble(Merge::score)
                .reversed()
                .thenComparingInt(Merge::left)
                .thenComparingInt(Merge::right));
        List<Object> lines = new ArrayList<>();
        for (Merge merge : merges) {
            lines.add(List.of(vocabulary.written(merge.left), vocabulary.written(merge.right)));
        }
        if (lines.isEmpty()) {
            throw new ModelException("a SentencePiece vocabulary of which no token is made of two others");
        }
        return lines;
    }
}
