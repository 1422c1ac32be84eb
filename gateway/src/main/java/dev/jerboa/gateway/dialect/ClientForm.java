package dev.jerboa.gateway.dialect;

import dev.jerboa.gateway.catalog.WireDialect;
import java.util.Optional;

/** What a client's request and its reply look like. */
public enum ClientForm {
    CHAT("chat", WireDialect.OPENAI, "/v1/chat/completions"),
    COMPLETIONS("completions", WireDialect.OPENAI, "/v1/completions"),
    EMBEDDINGS("embeddings", WireDialect.OPENAI, "/v1/embeddings"),
    RESPONSES("responses", WireDialect.RESPONSES, "/v1/responses"),
    MESSAGES("messages", WireDialect.ANTHROPIC, "/v1/messages"),
    OLLAMA_CHAT("ollama", WireDialect.OLLAMA, "/api/chat"),
    OLLAMA_GENERATE("ollama", WireDialect.OLLAMA, "/api/generate"),
    OLLAMA_EMBED("embeddings", WireDialect.OLLAMA, "/api/embed");

    private final String text;
    private final WireDialect dialect;
    private final String path;

    ClientForm(String text, WireDialect dialect, String path) {
        this.text = text;
        this.dialect = dialect;
        this.path = path;
    }

    /** As events name it. */
    public String text() {
        return text;
    }

    /** The dialect whose endpoints take it as it is. */
    public WireDialect dialect() {
        return dialect;
    }

    /** Where it is sent to, in the gateway and, below its base, at an endpoint of its dialect. */
    public String path() {
        return path;
    }

    /** The form at a path, if it is one of these. */
    public static Optional<ClientForm> at(String path) {
        for (ClientForm form : values()) {
            if (form.path.equals(path)) {
                return Optional.of(form);
            }
        }
        return Optional.empty();
    }
}
