package dev.jerboa.model.token;

import dev.jerboa.model.gguf.Metadata;

/** The door of this package: tokenizers from what a model comes with. */
public final class Tokenizers {
    private Tokenizers() {}

    /**
     * The tokenizer of a GGUF file.
     *
     * @param source the file's name, for messages
     * @throws dev.jerboa.model.ModelException where keys are missing or malformed, or the tokenizer or pre-tokenizer they
     *     name is not supported
     */
    public static Tokenizer fromGguf(Metadata metadata, String source) {
        return GgufTokenizer.read(metadata, source);
    }
}
