package dev.jerboa.model.gguf;

/**
 * The keys of a Hugging Face folder packed into one GGUF file, for models whose mixture of parts has no GGUF name of its own:
 * the folder's config.json as it is, its tokenizer.json under the GGUF specification's key, its tensors under the folder's
 * names. {@code dev.jerboa.model.convert.FolderPacking} writes such files. Only Jerboa reads them.
 */
public final class PackedFolder {
    /** The value of {@code general.architecture}. */
    public static final String ARCHITECTURE = "jerboa";

    /** The text of config.json. */
    public static final String CONFIG = "jerboa.config";

    /** The text of tokenizer.json (GGUF specification, docs/gguf.md). */
    public static final String TOKENIZER = "tokenizer.huggingface.json";

    private PackedFolder() {}
}
