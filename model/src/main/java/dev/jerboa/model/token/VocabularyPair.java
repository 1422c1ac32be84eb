package dev.jerboa.model.token;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.token.AddedTokens.Added;
import dev.jerboa.model.token.split.PretokenizerTable;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Tokenizers from GPT-2's pair of files: ids by token ({@code vocab.json}, {@code encoder.json}) and a line a merge
 * ({@code merges.txt}, {@code vocab.bpe}). How texts are cut is not in them; the caller names the pre-tokenizer, or it is told
 * from the files beside.
 */
final class VocabularyPair {
    private static final int LLAMA3_TOKENS = 128_000;

    private VocabularyPair() {}

    /** The pre-tokenizer of a folder: Qwen 2 and later by model type or tokenizer class, Llama 3 by its size, else GPT-2's. */
    private static String guess(FolderConfig config, int size) {
        if (config.says("tokenizer_class", "Qwen2Tokenizer", "Qwen2TokenizerFast")
                || config.says("model_type", "qwen2", "qwen2_moe", "qwen3", "qwen3_moe", "qwen3_next")) {
            return "qwen2";
        }
        return size >= LLAMA3_TOKENS && size <= LLAMA3_TOKENS + 256 ? "llama-bpe" : "gpt-2";
    }

    /** @param pre the pre-tokenizer's name as in GGUF, or empty to tell it from the files beside */
    static Tokenizer read(Path vocabularyFile, Path mergesFile, FolderConfig config, String pre) {
        String source = vocabularyFile.toString();
        TokenizerDocument document = TokenizerDocument.vocabulary(vocabularyFile);
        Vocabulary.Builder builder = new Vocabulary.Builder(source, true, document.tokens.size() + 64);
        for (int i = 0; i < document.tokens.size(); i++) {
            builder.add(document.ids.get(i), document.tokens.get(i), Vocabulary.NORMAL);
        }
        String name = pre.isEmpty() ? guess(config, document.tokens.size()) : pre;
        List<Added> added = new ArrayList<>();
        for (Added token : config.added()) {
            if (!token.content().isEmpty()) {
                builder.addText(
                        token.id(), token.content(), token.special() ? Vocabulary.CONTROL : Vocabulary.USER_DEFINED);
                added.add(token);
            }
        }
        Vocabulary vocabulary = builder.build();
        PretokenizerTable.Pretokenizer cut = PretokenizerTable.named(name, source);
        BytePair model = BytePair.byMerges(
                vocabulary,
                merges(mergesFile, vocabulary),
                cut.ignoreMerges() ? BytePair.Whole.ALL : BytePair.Whole.NONE,
                -1,
                false,
                false);
        Normalizer normalizer =
                name.equals("qwen2") && pre.isEmpty() ? new Normalizer.Form(java.text.Normalizer.Form.NFC) : null;
        PipelineTokenizer.Specials specials = config.roles(vocabulary, new int[0], new int[0]);
        if (cut.bos() && config.flag("add_bos_token") == null && specials.bos() >= 0) {
            specials = config.roles(vocabulary, new int[] {specials.bos()}, new int[0]);
        }
        return new PipelineTokenizer(
                vocabulary, added, normalizer, cut.splitters(), model, Pieces.BYTES, specials, source);
    }

    private static MergeTable merges(Path file, Vocabulary vocabulary) {
        TextList lines = new TextList(file.toString());
        try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            boolean first = true;
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (!line.isEmpty() && !(first && line.startsWith("#version"))) {
                    lines.add(line);
                }
                first = false;
            }
        } catch (IOException e) {
            throw new ModelException(file + ": cannot be read as lines in UTF-8: " + e.getMessage(), e);
        }
        MergeTable.Builder table = new MergeTable.Builder(file.toString(), vocabulary, lines.size(), true);
        for (int i = 0; i < lines.size(); i++) {
            table.add(lines.get(i));
        }
        return table.build();
    }
}
