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
 * @param usageAlways whether a stream whose client does not say tells its counts
 * @param surface whose replies the client expects
 */
public record ClientRequest(
        ClientForm form,
        byte[] raw,
        Map<String, @Nullable Object> body,
        Map<String, String> headers,
        boolean usageAlways,
        Surface surface) {
    public static final String ANTHROPIC_VERSION = "anthropic-version";
    public static final String ANTHROPIC_BETA = "anthropic-beta";

    /** A request of which the head says nothing. */
    public ClientRequest(ClientForm form, byte[] raw, Map<String, @Nullable Object> body) {
        this(form, raw, body, Map.of());
    }

    /** A request whose stream tells its counts where it asks for them. */
    public ClientRequest(ClientForm form, byte[] raw, Map<String, @Nullable Object> body, Map<String, String> headers) {
        this(form, raw, body, headers, false, Surface.OPENAI);
    }

    /** A header's value; empty where it is not there. */
    public String header(String name) {
        return headers.getOrDefault(name, "");
    }

    /** The model that it asks for; empty where it does not say. */
    public String model() {
        return body.get("model") instanceof String name ? name : "";
    }

    /**
     * Whether a stream tells the counts, in OpenAI's forms: as the client says, in OpenAI's way ({@code stream_options.include_usage}) or in
     * OpenRouter's ({@code usage.include}), or as the operator does where it does not.
     */
    public boolean tellsUsage() {
        Object asked = body.get("stream_options") instanceof Map<?, ?> options ? options.get("include_usage") : null;
        Object included = body.get("usage") instanceof Map<?, ?> usage ? usage.get("include") : null;
        if (asked instanceof Boolean || included instanceof Boolean) {
            return Boolean.TRUE.equals(asked) || Boolean.TRUE.equals(included);
        }
        return usageAlways;
    }

    /** Whether the reply is taken piece by piece: Ollama's are unless they say otherwise. */
    public boolean stream() {
        boolean ollama = form == ClientForm.OLLAMA_CHAT || form == ClientForm.OLLAMA_GENERATE;
        return body.get("stream") instanceof Boolean flag ? flag : ollama;
    }
}
