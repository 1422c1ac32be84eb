package dev.jerboa.server.gateway;

import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.money.Usage;
import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/** Tokens that a reply without text tells: those of vectors, which no order of replies stands behind. */
final class LocalUsage {
    private LocalUsage() {}

    static Optional<Usage> told(ClientForm form, byte[] body) {
        if (form != ClientForm.EMBEDDINGS && form != ClientForm.OLLAMA_EMBED) {
            return Optional.empty();
        }
        try {
            Map<?, ?> reply = Json.asObject(Json.parse(new String(body, StandardCharsets.UTF_8), "a reply"), "a reply");
            Object count = reply.get("usage") instanceof Map<?, ?> usage
                    ? usage.get("prompt_tokens")
                    : reply.get("prompt_eval_count");
            return count instanceof Long tokens ? Optional.of(Usage.of(tokens, 0)) : Optional.empty();
        } catch (ModelException e) {
            return Optional.empty();
        }
    }
}
