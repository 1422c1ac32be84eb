package dev.jerboa.gateway.dialect;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client's request, parsed once.
 *
 * @param form what it looks like
 * @param raw its body as it came, for endpoints that speak the same; not to be changed
 * @param body the same, parsed; not to be changed
 * @param headers of its head, those that endpoints of its own dialect are told, by names in small letters; not to be changed
 */
public record ClientRequest(
        ClientForm form, byte[] raw, Map<String, @Nullable Object> body, Map<String, String> headers) {
    public static final String ANTHROPIC_VERSION = "anthropic-version";
    public static final String ANTHROPIC_BETA = "anthropic-beta";

    /** A request of which the head says nothing. */
    public ClientRequest(ClientForm form, byte[] raw, Map<String, @Nullable Object> body) {
        this(form, raw, body, Map.of());
    }

    /** A header's value; empty where it is not there. */
    public String header(String name) {
        return headers.getOrDefault(name, "");
    }

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
