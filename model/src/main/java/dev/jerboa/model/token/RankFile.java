package dev.jerboa.model.token;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.token.AddedTokens.Added;
import dev.jerboa.model.token.split.PretokenizerTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Tokenizers from tiktoken rank files: a line {@code base64 rank} a token. The file does not say how texts are cut nor what
 * the special tokens are; both are known for the families of Qwen 1, Kimi and Llama 3 (Meta's own {@code tokenizer.model}).
 */
final class RankFile {
    private static final int LLAMA3_TOKENS = 128_000;
    private static final int KIMI_RESERVED = 256;

    private RankFile() {}

    /** Whether the beginning of a file is that of a rank file. */
    static boolean isOne(byte[] file) {
        int at = 0;
        while (at < file.length && at < 200 && isBase64(file[at])) {
            at++;
        }
        return at > 0 && at + 1 < file.length && file[at] == ' ' && file[at + 1] >= '0' && file[at + 1] <= '9';
    }

    private static boolean isBase64(byte b) {
        return (b >= 'A' && b <= 'Z')
                || (b >= 'a' && b <= 'z')
                || (b >= '0' && b <= '9')
                || b == '+'
                || b == '/'
                || b == '=';
    }

    static Tokenizer read(Path file, byte[] ranks, FolderConfig config) {
        String source = file.toString();
        Vocabulary.Builder builder = new Vocabulary.Builder(source, true, ranks.length / 16);
        parse(ranks, builder, source);
        int size = builder.size();
        String name = String.valueOf(file.getFileName());
        List<Added> added = new ArrayList<>();
        for (Added token : config.added()) {
            if (token.id() >= size && !token.content().isEmpty()) {
                added.add(token);
            }
        }
        Normalizer normalizer = null;
        String family;
        if (name.startsWith("qwen")
                || config.says("tokenizer_class", "QWenTokenizer")
                || config.says("model_type", "qwen")) {
            family = "qwen2";
            normalizer = new Normalizer.Form(java.text.Normalizer.Form.NFC);
            reserve(added, size, qwen());
        } else if (config.says("tokenizer_class", "TikTokenTokenizer")
                || config.says("model_type", "kimi_k2", "kimi_k25", "kimi_linear", "deepseek_v3")) {
            family = "kimi-k2";
            List<String> reserved = new ArrayList<>();
            for (int i = 0; i < KIMI_RESERVED; i++) {
                reserved.add("<|reserved_token_" + (size + i) + "|>");
            }
            reserve(added, size, reserved);
        } else if (size == LLAMA3_TOKENS) {
            family = "llama-bpe";
            reserve(added, size, llama3());
        } else {
            throw new ModelException(source + ": a tiktoken rank file of " + size
                    + " tokens whose family is not known, expected Qwen 1 (qwen.tiktoken), Kimi (tokenizer_class TikTokenTokenizer)"
                    + " or Llama 3 (128000 tokens): use the model's tokenizer.json");
        }
        for (Added token : added) {
            builder.addText(
                    token.id(), token.content(), token.special() ? Vocabulary.CONTROL : Vocabulary.USER_DEFINED);
        }
        Vocabulary vocabulary = builder.build();
        PretokenizerTable.Pretokenizer pre = PretokenizerTable.named(family, source);
        int bos = vocabulary.findAny("<|begin_of_text|>");
        return new PipelineTokenizer(
                vocabulary,
                added,
                normalizer,
                pre.splitters(),
                BytePair.byNumbers(vocabulary),
                Pieces.BYTES,
                config.roles(vocabulary, pre.bos() && bos >= 0 ? new int[] {bos} : new int[0], new int[0]),
                source);
    }

    private static void parse(byte[] file, Vocabulary.Builder builder, String source) {
        int at = 0;
        int line = 0;
        Base64.Decoder decoder = Base64.getDecoder();
        while (at < file.length) {
            line++;
            int start = at;
            while (at < file.length && file[at] != ' ' && file[at] != '\n') {
                at++;
            }
            int space = at;
            long rank = -1;
            for (at++; at < file.length && file[at] >= '0' && file[at] <= '9' && rank < Vocabulary.MAX_SIZE; at++) {
                rank = Math.max(0, rank) * 10 + file[at] - '0';
            }
            int last = at;
            while (at < file.length && file[at] == '\r') {
                at++;
            }
            boolean blank = space == start && last <= start + 1 && rank < 0;
            if (!blank
                    && (space >= file.length
                            || file[space] != ' '
                            || rank < 0
                            || (at < file.length && file[at] != '\n'))) {
                throw bad(source, line, null);
            }
            if (!blank) {
                try {
                    byte[] token = decoder.decode(Arrays.copyOfRange(file, start, space));
                    builder.add((int) rank, token, Vocabulary.NORMAL);
                } catch (IllegalArgumentException e) {
                    throw bad(source, line, e);
                }
            }
            at++;
        }
    }

    private static ModelException bad(String source, int line, @Nullable Throwable cause) {
        String message =
                source + ": line " + line + " of the rank file, expected a token in base64, a space and its rank";
        return cause == null ? new ModelException(message) : new ModelException(message, cause);
    }

    /** Adds special tokens with the ids from {@code first} on, except for ids that are taken. */
    private static void reserve(List<Added> added, int first, List<String> names) {
        Set<Integer> taken = new TreeSet<>();
        added.forEach(token -> taken.add(token.id()));
        for (int i = 0; i < names.size(); i++) {
            if (!taken.contains(first + i)) {
                added.add(Added.plain(first + i, names.get(i), true));
            }
        }
    }

    /** The special tokens of Qwen 1, as its tokenization_qwen.py numbers them. */
    private static List<String> qwen() {
        List<String> names = new ArrayList<>(List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>"));
        for (int i = 0; i < 205; i++) {
            names.add("<|extra_" + i + "|>");
        }
        return names;
    }

    /** The special tokens of Llama 3.1, as its published tokenizer.json numbers them. */
    private static List<String> llama3() {
        List<String> names = new ArrayList<>(List.of(
                "<|begin_of_text|>",
                "<|end_of_text|>",
                "<|reserved_special_token_0|>",
                "<|reserved_special_token_1|>",
                "<|finetune_right_pad_id|>",
                "<|reserved_special_token_2|>",
                "<|start_header_id|>",
                "<|end_header_id|>",
                "<|eom_id|>",
                "<|eot_id|>",
                "<|python_tag|>"));
        for (int i = 3; names.size() < 256; i++) {
            names.add("<|reserved_special_token_" + i + "|>");
        }
        return names;
    }
}
