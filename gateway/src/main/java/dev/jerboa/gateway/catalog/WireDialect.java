package dev.jerboa.gateway.catalog;

import java.util.Locale;

/** The forms of requests and replies that an endpoint speaks. */
public enum WireDialect {
    /** OpenAI's chat completions (and completions, embeddings). */
    OPENAI,
    /** OpenAI's responses. */
    RESPONSES,
    /** Anthropic's messages. */
    ANTHROPIC,
    /** Ollama's chat. */
    OLLAMA,
    /** The engine in this process, which speaks them all. */
    LOCAL;

    /** As it is written in files: {@code openai}, {@code responses}, … */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
