package dev.jerboa.model.token;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import dev.jerboa.model.token.AddedTokens.Added;
import dev.jerboa.model.token.split.Splitter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tokenizers from a {@code tokenizer.json} of Hugging Face tokenizers: BPE, Unigram or WordPiece. */
final class JsonTokenizer {
    private final String source;
    private final TokenizerDocument document;
    private final FolderConfig config;
    private final HuggingFaceParts parts;

    private JsonTokenizer(String source, TokenizerDocument document, FolderConfig config) {
        this.source = source;
        this.document = document;
        this.config = config;
        this.parts = new HuggingFaceParts(source);
    }

    static Tokenizer read(Path file, FolderConfig config) {
        return new JsonTokenizer(file.toString(), TokenizerDocument.read(file), config).build();
    }

    /** From the file's text; {@code source} names it in messages. */
    static Tokenizer read(String text, String source, FolderConfig config) {
        return new JsonTokenizer(source, TokenizerDocument.read(text, source), config).build();
    }

    private Tokenizer build() {
        Normalizer normalizer = parts.normalizer(document.parts.get("normalizer"));
        List<Splitter> splitters = parts.splitters(document.parts.get("pre_tokenizer"));
        Pieces pieces = parts.decoder(document.parts.get("decoder"));
        List<Added> added = added();
        Vocabulary vocabulary = vocabulary(added);
        WordModel model = model(vocabulary);
        if (model instanceof BytePair && !parts.byteLevel()) {
            splitters.addAll(HuggingFaceParts.cutAtSpaces(vocabulary, source));
        }
        Template template = new Template(source, vocabulary);
        template.read(document.parts.get("post_processor"), 0);
        return new PipelineTokenizer(
                vocabulary,
                added,
                normalizer,
                splitters,
                model,
                pieces,
                config.roles(vocabulary, template.prefix(), template.suffix()),
                source);
    }

    private List<Added> added() {
        List<Added> added = new ArrayList<>();
        Set<Integer> seen = new HashSet<>();
        Object list = document.parts.get("added_tokens");
        if (list != null) {
            for (Object item : Json.asList(list, source + ": added_tokens")) {
                Map<String, @Nullable Object> token = Json.asObject(item, source + ": an added token");
                Object id = token.get("id");
                if (!(id instanceof Long number) || number < 0 || number >= Vocabulary.MAX_SIZE) {
                    throw new ModelException(source + ": the id of an added token is " + Json.kind(id)
                            + ", expected 0 to " + (Vocabulary.MAX_SIZE - 1));
                }
                keep(FolderConfig.added(number.intValue(), token, source), added, seen);
            }
        }
        for (Added more : config.added()) {
            keep(more, added, seen);
        }
        return added;
    }

    private static void keep(Added token, List<Added> added, Set<Integer> seen) {
        if (!token.content().isEmpty() && seen.add(token.id())) {
            added.add(token);
        }
    }

    private Vocabulary vocabulary(List<Added> added) {
        Vocabulary.Builder builder = new Vocabulary.Builder(source, parts.byteLevel(), document.tokens.size() + 64);
        for (int i = 0; i < document.tokens.size(); i++) {
            builder.add(document.ids.get(i), document.tokens.get(i), Vocabulary.NORMAL);
            if (document.scores.length > 0) {
                builder.score(i, document.scores[i]);
            }
        }
        if (Boolean.TRUE.equals(document.model.get("byte_fallback"))) {
            builder.markBytes();
        }
        for (Added token : added) {
            boolean listed = builder.type(token.id()) != 0;
            if (token.special()) {
                builder.addText(token.id(), token.content(), Vocabulary.CONTROL);
            } else if (listed) {
                builder.type(token.id(), Vocabulary.USER_DEFINED);
            } else {
                builder.addText(token.id(), token.content(), Vocabulary.USER_DEFINED);
            }
        }
        return builder.build();
    }

    private WordModel model(Vocabulary vocabulary) {
        String type = document.model.get("type") instanceof String name
                ? name
                : document.scores.length > 0 ? "Unigram" : document.merges.size() > 0 ? "BPE" : "WordPiece";
        boolean byteFallback = parts.flag(document.model, "byte_fallback", false);
        return switch (type) {
            case "BPE" -> bytePair(vocabulary, byteFallback);
            case "Unigram" ->
                new Unigram(
                        vocabulary,
                        document.model.get("unk_id") == null ? -1 : parts.number(document.model, "unk_id", -1),
                        byteFallback,
                        source);
            case "WordPiece" ->
                new WordPiece(
                        vocabulary,
                        unknown(vocabulary),
                        "",
                        document.model.get("continuing_subword_prefix") == null
                                ? "##"
                                : parts.string(document.model, "continuing_subword_prefix"),
                        parts.number(document.model, "max_input_chars_per_word", 100));
            default -> throw parts.unsupported("model", type);
        };
    }

    private BytePair bytePair(Vocabulary vocabulary, boolean byteFallback) {
        for (String key : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
            if (document.model.get(key) instanceof String text && !text.isEmpty()) {
                throw parts.unsupported("a BPE model with " + key, text);
            }
        }
        if (document.model.get("dropout") instanceof Number rate && rate.doubleValue() != 0) {
            throw parts.unsupported("a BPE model with dropout", rate.toString());
        }
        TextList merges = document.merges;
        int count = document.mergeLines ? merges.size() : merges.size() / 2;
        MergeTable.Builder table = new MergeTable.Builder(source, vocabulary, count, true);
        for (int i = 0; i < count; i++) {
            if (document.mergeLines) {
                table.add(merges.get(i));
            } else {
                table.add(merges.get(2 * i), merges.get(2 * i + 1));
            }
        }
        BytePair.Whole whole =
                parts.flag(document.model, "ignore_merges", false) ? BytePair.Whole.ALL : BytePair.Whole.NONE;
        return BytePair.byMerges(
                vocabulary,
                table.build(),
                whole,
                unknown(vocabulary),
                parts.flag(document.model, "fuse_unk", false),
                byteFallback);
    }

    private int unknown(Vocabulary vocabulary) {
        if (!(document.model.get("unk_token") instanceof String text)) {
            return -1;
        }
        int id = vocabulary.findAny(text);
        return id >= 0 ? id : vocabulary.find(text);
    }

    /** What a post-processor puts before and after a single text. */
    private static final class Template {
        private final String source;
        private final Vocabulary vocabulary;
        private int[] prefix = new int[0];
        private int[] suffix = new int[0];

        Template(String source, Vocabulary vocabulary) {
            this.source = source;
            this.vocabulary = vocabulary;
        }

        int[] prefix() {
            return prefix;
        }

        int[] suffix() {
            return suffix;
        }

        void read(@Nullable Object node, int depth) {
            if (node == null) {
                return;
            }
            Map<String, @Nullable Object> part = Json.asObject(node, source + ": post_processor");
            String type = String.valueOf(part.get("type"));
            switch (type) {
                case "ByteLevel" -> {}
                case "Sequence" -> {
                    if (depth > 8) {
                        throw new ModelException(source + ": post_processor is nested more than 8 deep");
                    }
                    for (Object inner : Json.asList(part.get("processors"), source + ": processors")) {
                        read(inner, depth + 1);
                    }
                }
                case "TemplateProcessing" -> template(part);
                case "BertProcessing", "RobertaProcessing" -> {
                    prefix = new int[] {pair(part.get("cls"))};
                    suffix = new int[] {pair(part.get("sep"))};
                }
                default -> throw new ModelException(source + ": post_processor " + type + " is not supported");
            }
        }

        private int pair(@Nullable Object node) {
            List<@Nullable Object> pair = Json.asList(node, source + ": a token of post_processor");
            return check(pair.size() == 2 ? pair.get(1) : null);
        }

        private int check(@Nullable Object id) {
            if (id instanceof Long number && number >= 0 && number < vocabulary.size()) {
                return number.intValue();
            }
            throw new ModelException(source + ": an id of post_processor is " + Json.kind(id) + ", expected 0 to "
                    + (vocabulary.size() - 1));
        }

        private void template(Map<String, @Nullable Object> part) {
            Map<String, @Nullable Object> specials =
                    Json.asObject(part.get("special_tokens"), source + ": special_tokens of TemplateProcessing");
            List<Integer> before = new ArrayList<>();
            List<Integer> after = new ArrayList<>();
            List<Integer> current = before;
            for (Object item : Json.asList(part.get("single"), source + ": single of TemplateProcessing")) {
                Map<String, @Nullable Object> step = Json.asObject(item, source + ": a step of TemplateProcessing");
                if (step.get("Sequence") != null) {
                    current = after;
                } else {
                    Map<String, @Nullable Object> special =
                            Json.asObject(step.get("SpecialToken"), source + ": SpecialToken of TemplateProcessing");
                    Map<String, @Nullable Object> token = Json.asObject(
                            specials.get(String.valueOf(special.get("id"))),
                            source + ": the token " + special.get("id") + " of TemplateProcessing");
                    for (Object id : Json.asList(token.get("ids"), source + ": ids of TemplateProcessing")) {
                        current.add(check(id));
                    }
                }
            }
            prefix = before.stream().mapToInt(Integer::intValue).toArray();
            suffix = after.stream().mapToInt(Integer::intValue).toArray();
        }
    }
}
