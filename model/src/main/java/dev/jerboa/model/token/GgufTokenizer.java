package dev.jerboa.model.token;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.gguf.Metadata;
import dev.jerboa.model.token.AddedTokens.Added;
import dev.jerboa.model.token.split.PretokenizerTable;
import dev.jerboa.model.token.split.Splitter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tokenizers from the {@code tokenizer.ggml.*} keys of a GGUF file: {@code gpt2} (byte-level BPE), {@code gemma4} (BPE over
 * text), {@code llama} (SentencePiece BPE by scores), {@code bert} (WordPiece), {@code t5} (unigram).
 */
final class GgufTokenizer {
    private static final System.Logger LOG = System.getLogger(GgufTokenizer.class.getName());
    private static final String KEY = "tokenizer.ggml.";

    private final Metadata metadata;
    private final String source;
    private final String[] tokens;
    private final long[] types;

    private GgufTokenizer(Metadata metadata, String source) {
        this.metadata = metadata;
        this.source = source;
        this.tokens = metadata.strings(KEY + "tokens");
        this.types = metadata.has(KEY + "token_type") ? metadata.integers(KEY + "token_type") : new long[0];
        expectLength(KEY + "token_type", types.length);
        if (tokens.length > Vocabulary.MAX_SIZE) {
            throw new ModelException(source + ": key " + KEY + "tokens has " + tokens.length
                    + " entries, expected at most " + Vocabulary.MAX_SIZE);
        }
    }

    private void expectLength(String key, int length) {
        if (length != 0 && length != tokens.length) {
            throw new ModelException(source + ": key " + key + " has " + length + " entries, expected " + tokens.length
                    + ", as many as " + KEY + "tokens");
        }
    }

    static Tokenizer read(Metadata metadata, String source) {
        String model = metadata.string(KEY + "model");
        return switch (model) {
            case "gpt2" -> new GgufTokenizer(metadata, source).bytePair(pretokenizerName(metadata, source));
            case "gemma4" -> new GgufTokenizer(metadata, source).bytePair("gemma4");
            case "llama" -> new GgufTokenizer(metadata, source).sentencePiece();
            case "bert" -> new GgufTokenizer(metadata, source).wordPiece();
            case "t5" -> new GgufTokenizer(metadata, source).unigram();
            default ->
                throw new ModelException(source + ": key " + KEY + "model is " + model
                        + ", expected gpt2, gemma4, llama, bert or t5: other tokenizers are not supported");
        };
    }

    private static String pretokenizerName(Metadata metadata, String source) {
        String name = metadata.string(KEY + "pre", "");
        if (name.isEmpty()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0}: key tokenizer.ggml.pre is missing, the pre-tokenizer \"default\" is used; texts may be cut otherwise"
                            + " than in training",
                    source);
            return "default";
        }
        return name;
    }

    private Tokenizer bytePair(String name) {
        PretokenizerTable.Pretokenizer pre = PretokenizerTable.named(name, source);
        Vocabulary vocabulary = vocabulary(pre.bytes());
        int unknown = id("unknown", -1);
        BytePair model;
        if (metadata.has(KEY + "merges")) {
            String[] merges = metadata.strings(KEY + "merges");
            MergeTable.Builder table = new MergeTable.Builder(source, vocabulary, merges.length, false);
            for (String merge : merges) {
                table.add(merge);
            }
            if (table.skipped() > 0) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "{0}: {1} of {2} merges are of tokens that the vocabulary lacks and are left out",
                        source,
                        table.skipped(),
                        merges.length);
            }
            BytePair.Whole whole = pre.ignoreMerges()
                    ? BytePair.Whole.ALL
                    : pre.bytes() ? BytePair.Whole.NONE : BytePair.Whole.LINE_FEEDS;
            model = BytePair.byMerges(vocabulary, table.build(), whole, unknown, false, !pre.bytes());
        } else if (name.equals("kimi-k2")) {
            model = BytePair.byNumbers(vocabulary);
        } else {
            throw new ModelException(
                    source + ": key " + KEY + "merges is missing, expected the merges of the BPE vocabulary");
        }
        Normalizer normalizer = pre.bytes() ? null : new Normalizer.Replace(" ", "\u2581");
        Pieces pieces = pre.bytes() ? Pieces.BYTES : Pieces.spaces(0);
        boolean bos = name.equals("gemma4") || metadata.flag(KEY + "add_bos_token", pre.bos());
        return tokenizer(vocabulary, normalizer, pre.splitters(), model, pieces, bos, id("bos", -1), id("eos", -1));
    }

    private Tokenizer sentencePiece() {
        if (!metadata.has(KEY + "scores")) {
            throw new ModelException(
                    source + ": key " + KEY + "scores is missing, expected the scores of the vocabulary");
        }
        Vocabulary vocabulary = vocabulary(false);
        boolean prefix = metadata.flag(KEY + "add_space_prefix", true);
        List<Normalizer> normalizers = new ArrayList<>();
        if (prefix) {
            normalizers.add(new Normalizer.Prepend(" "));
        }
        normalizers.add(new Normalizer.Replace(" ", "\u2581"));
        return tokenizer(
                vocabulary,
                new Normalizer.Sequence(normalizers),
                HuggingFaceParts.cutAtSpaces(vocabulary, source),
                BytePair.byScores(vocabulary, id("unknown", 0)),
                Pieces.spaces(prefix ? 1 : 0),
                metadata.flag(KEY + "add_bos_token", true),
                id("bos", 1),
                id("eos", 2));
    }

    private Tokenizer wordPiece() {
        Vocabulary vocabulary = vocabulary(false);
        boolean lower = metadata.flag(KEY + "normalizer.lowercase", true);
        boolean strip = metadata.flag(KEY + "normalizer.strip_accents", lower);
        List<Normalizer> normalizers = new ArrayList<>();
        normalizers.add(new Normalizer.BertClean(true, true));
        if (strip) {
            normalizers.add(new Normalizer.Form(java.text.Normalizer.Form.NFD));
            normalizers.add(new Normalizer.StripMarks(false));
        }
        if (lower) {
            normalizers.add(new Normalizer.Lowercase());
        }
        int cls = id("cls", id("bos", 101));
        int separator = id("seperator", id("separator", 102));
        WordPiece model = new WordPiece(vocabulary, id("unknown", 100), "\u2581", "", Integer.MAX_VALUE);
        return new PipelineTokenizer(
                vocabulary,
                added(vocabulary),
                new Normalizer.Sequence(normalizers),
                HuggingFaceParts.bertSplitters(source),
                model,
                Pieces.spaces(1),
                Roles.of(
                        vocabulary,
                        cls,
                        id("eos", separator),
                        id("eot", -1),
                        new int[0],
                        metadata.flag(KEY + "add_bos_token", true) && cls >= 0 ? new int[] {cls} : new int[0],
                        metadata.flag(KEY + "add_sep_token", true) && separator >= 0
                                ? new int[] {separator}
                                : new int[0]),
                source);
    }

    private Tokenizer unigram() {
        Vocabulary vocabulary = vocabulary(false);
        List<Normalizer> normalizers = new ArrayList<>();
        if (metadata.has(KEY + "precompiled_charsmap")) {
            long[] table = metadata.integers(KEY + "precompiled_charsmap");
            byte[] bytes = new byte[table.length];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) table[i];
            }
            normalizers.add(new Normalizer.CharsMap(bytes, source));
        }
        boolean prefix = metadata.flag(KEY + "add_space_prefix", true);
        normalizers.add(new Normalizer.Spaces(metadata.flag(KEY + "remove_extra_whitespaces", false), prefix));
        normalizers.add(new Normalizer.Replace(" ", "\u2581"));
        return tokenizer(
                vocabulary,
                new Normalizer.Sequence(normalizers),
                List.of(),
                new Unigram(vocabulary, id("unknown", 2), true, source),
                Pieces.spaces(prefix ? 1 : 0),
                metadata.flag(KEY + "add_bos_token", false),
                id("bos", -1),
                id("eos", 1));
    }

    private Tokenizer tokenizer(
            Vocabulary vocabulary,
            @Nullable Normalizer normalizer,
            List<Splitter> splitters,
            WordModel model,
            Pieces pieces,
            boolean wantsBos,
            int bos,
            int eos) {
        boolean after = eos >= 0 && metadata.flag(KEY + "add_eos_token", model instanceof Unigram);
        return new PipelineTokenizer(
                vocabulary,
                added(vocabulary),
                normalizer,
                splitters,
                model,
                pieces,
                Roles.of(
                        vocabulary,
                        bos,
                        eos,
                        id("eot", -1),
                        new int[] {id("eom", -1)},
                        wantsBos && bos >= 0 ? new int[] {bos} : new int[0],
                        after ? new int[] {eos} : new int[0]),
                source);
    }

    private Vocabulary vocabulary(boolean bytes) {
        Vocabulary.Builder builder = new Vocabulary.Builder(source, bytes, tokens.length);
        for (int id = 0; id < tokens.length; id++) {
            builder.add(id, tokens[id], types.length == 0 ? Vocabulary.NORMAL : kind(types[id]));
        }
        if (metadata.has(KEY + "scores") && !bytes) {
            double[] scores = metadata.numbers(KEY + "scores");
            expectLength(KEY + "scores", scores.length);
            for (int id = 0; id < scores.length; id++) {
                builder.score(id, scores[id]);
            }
        }
        if (!bytes) {
            builder.markBytes();
        }
        return builder.build();
    }

    private static byte kind(long type) {
        return type >= Vocabulary.NORMAL && type <= Vocabulary.BYTE ? (byte) type : Vocabulary.UNUSED;
    }

    /** The id that {@code tokenizer.ggml.ROLE_token_id} gives; where the key is missing, the default if the vocabulary has it. */
    private int id(String role, int otherwise) {
        String key = KEY + role + "_token_id";
        if (!metadata.has(key)) {
            return otherwise < tokens.length ? otherwise : -1;
        }
        int id = metadata.integer(key);
        if (id == -1) {
            return -1;
        }
        if (id < 0 || id >= tokens.length) {
            throw new ModelException(
                    source + ": key " + key + " is " + id + ", expected an id from 0 to " + (tokens.length - 1));
        }
        return id;
    }

    /** Control, unknown and user-defined tokens; Phi-3's, which GGUF has no key for, take the white space after them. */
    private List<Added> added(Vocabulary vocabulary) {
        String name = metadata.string("general.name", "").toLowerCase(Locale.ROOT);
        boolean phi = name.contains("phi-3") || name.contains("phi3");
        List<Added> added = new ArrayList<>();
        for (int id = 0; id < vocabulary.size(); id++) {
            byte type = vocabulary.type(id);
            boolean special = type == Vocabulary.CONTROL || type == Vocabulary.UNKNOWN;
            if ((special || type == Vocabulary.USER_DEFINED) && vocabulary.length(id) > 0) {
                String text = tokens[id];
                boolean right = phi && !Set.of("<unk>", "<s>", "<|endoftext|>").contains(text);
                added.add(new Added(id, text, special, false, right, false, false));
            }
        }
        return added;
    }
}
