package dev.jerboa.gateway.dialect;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client's request, parsed once.
 *
 * @param form what it looks like
 * @param raw its body as it came, for endpoints that speak the same; not to be changed
 * @param body the same, parsed; not to be changed
 */
public record ClientRequest(ClientForm form, byte[] raw, Map<String, @Nullable Object> body) {
    /** The model that it asks for; empty where it does not say. */
    public String model() {
        return body.get("model") instanceof String name ? name : "";
    }

    /** Whether the reply is taken piece by piece: Ollama's are unless they say otherwise. */
    public boolean stream() {
        boolean ollama = form == ClientForm.OLLAMA_CHAT || form == ClientForm.OLLAMA_GENERATE;
        return body.get("stream") instanceof Boolean flag ? flag : ollama;
    }
}
