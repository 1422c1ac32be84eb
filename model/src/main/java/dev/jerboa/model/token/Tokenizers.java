package dev.jerboa.model.token;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.gguf.Metadata;
import dev.jerboa.model.gguf.PackedFolder;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The door of this package: tokenizers from what a model comes with.
 *
 * <p>All of these throw {@link ModelException} where a file cannot be read, is malformed, or asks for what is not supported;
 * the message names it.
 */
public final class Tokenizers {
    private static final long MAX_FILE = 256L << 20;

    private Tokenizers() {}

    /**
     * The tokenizer of a GGUF file, from its {@code tokenizer.ggml.*} keys, or from the whole tokenizer.json under {@code
     * tokenizer.huggingface.json} where there are no {@code tokenizer.ggml.tokens}; empty where there is neither.
     *
     * @param source the file's name, for messages
     */
    public static Optional<Tokenizer> fromGguf(Metadata metadata, String source) {
        if (metadata.has("tokenizer.ggml.tokens")) {
            return Optional.of(GgufTokenizer.read(metadata, source));
        }
        if (!metadata.has(PackedFolder.TOKENIZER)) {
            return Optional.empty();
        }
        return Optional.of(JsonTokenizer.read(
                metadata.string(PackedFolder.TOKENIZER),
                source + ": key " + PackedFolder.TOKENIZER,
                FolderConfig.of(metadata, source)));
    }

    /**
     * The tokenizer of a Hugging Face folder; empty where the folder has no tokenizer files. The first of these that is there
     * is read: {@code tokenizer.json}; a tiktoken rank file ({@code *.tiktoken}, {@code tiktoken.model}); {@code
     * tokenizer.model} (SentencePiece, or ranks); {@code vocab.json} with {@code merges.txt}; {@code encoder.json} with {@code
     * vocab.bpe}. {@code tokenizer_config.json} and the other small files beside it add special tokens and their roles.
     */
    public static Optional<Tokenizer> fromFolder(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new ModelException(folder + ": expected a folder");
        }
        Path json = folder.resolve("tokenizer.json");
        if (Files.isRegularFile(json)) {
            return Optional.of(JsonTokenizer.read(json, FolderConfig.read(folder)));
        }
        Path ranks = rankFile(folder);
        if (ranks != null) {
            return Optional.of(RankFile.read(ranks, bytes(ranks), FolderConfig.read(folder)));
        }
        Path model = folder.resolve("tokenizer.model");
        if (Files.isRegularFile(model)) {
            byte[] bytes = bytes(model);
            FolderConfig config = FolderConfig.read(folder);
            return Optional.of(
                    RankFile.isOne(bytes)
                            ? RankFile.read(model, bytes, config)
                            : SentencePieceModel.read(bytes, config, model.toString()));
        }
        for (List<String> pair : List.of(List.of("vocab.json", "merges.txt"), List.of("encoder.json", "vocab.bpe"))) {
            Path vocabulary = folder.resolve(pair.getFirst());
            Path merges = folder.resolve(pair.getLast());
            if (Files.isRegularFile(vocabulary) && Files.isRegularFile(merges)) {
                return Optional.of(VocabularyPair.read(vocabulary, merges, FolderConfig.read(folder), ""));
            }
        }
        if (Files.isRegularFile(folder.resolve("tekken.json"))) {
            throw new ModelException(folder.resolve("tekken.json")
                    + ": Mistral's tekken.json is not supported: put the model's tokenizer.json beside it");
        }
        return Optional.empty();
    }

    /**
     * The tokenizer of GPT-2's pair of files.
     *
     * @param vocabulary an object of ids by token ({@code vocab.json}, {@code encoder.json})
     * @param merges a line a merge ({@code merges.txt}, {@code vocab.bpe})
     * @param pretokenizer how texts are cut, by GGUF's name for it ({@code gpt-2}, {@code llama-bpe}, {@code qwen2} …)
     */
    public static Tokenizer fromVocabularyAndMerges(Path vocabulary, Path merges, String pretokenizer) {
        Path folder = vocabulary.toAbsolutePath().getParent();
        return VocabularyPair.read(
                vocabulary, merges, FolderConfig.read(folder == null ? Path.of("") : folder), pretokenizer);
    }

    private static @Nullable Path rankFile(Path folder) {
        Path plain = folder.resolve("tiktoken.model");
        if (Files.isRegularFile(plain)) {
            return plain;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.tiktoken")) {
            Path found = null;
            for (Path file : files) {
                if (found != null) {
                    throw new ModelException(folder + ": several rank files, " + found.getFileName() + " and "
                            + file.getFileName() + ", expected one");
                }
                found = file;
            }
            return found;
        } catch (IOException e) {
            throw new ModelException(folder + ": cannot be listed: " + e.getMessage(), e);
        }
    }

    private static byte[] bytes(Path file) {
        try {
            long size = Files.size(file);
            if (size > MAX_FILE) {
                throw new ModelException(file + ": has " + size + " bytes, expected at most " + MAX_FILE);
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new ModelException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }
}
