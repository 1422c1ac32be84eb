package dev.jerboa.gateway.route;

import dev.jerboa.gateway.Copies;
import dev.jerboa.gateway.dialect.ClientForm;
import dev.jerboa.gateway.dialect.ClientRequest;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an endpoint has to be able to do for a request.
 *
 * @param promptTokens of the prompt, about
 * @param outputTokens the most that the client takes; 0 where it does not say
 * @param parameters names of fields that change the reply, as the request has them
 */
public record Needs(boolean tools, boolean images, long promptTokens, long outputTokens, Set<String> parameters) {
    /** Fields that any endpoint takes, or that are for the gateway. */
    private static final Set<String> PLAIN = Set.of(
            "model",
            "models",
            "messages",
            "prompt",
            "input",
            "system",
            "instructions",
            "stream",
            "stream_options",
            "provider",
            "route",
            "transforms",
            "plugins",
            "preset",
            "usage",
            "user",
            "metadata",
            "store",
            "keep_alive",
            "session_id");

    /** More than any model writes, and few enough to be multiplied and added. */
    private static final long MOST_TOKENS = 1L << 40;

    private static final int DEEPEST = 12;

    public Needs {
        parameters = Copies.of(parameters);
    }

    /** @param promptTokens about the tokens of its prompt */
    public static Needs of(ClientRequest request, long promptTokens) {
        Map<String, @Nullable Object> body = request.body();
        Set<String> parameters = new HashSet<>();
        body.forEach((name, value) -> {
            if (value != null && !PLAIN.contains(name)) {
                parameters.add(name);
            }
        });
        boolean tools = body.get("tools") instanceof List<?> list && !list.isEmpty();
        boolean images = hasImages(body, 0) || hasImages(body.get("messages"), 0) || hasImages(body.get("input"), 0);
        return new Needs(tools, images, promptTokens, outputTokens(request.form(), body), parameters);
    }

    /** The limit as the form has it, others being nothing to it; of a chat's two names some endpoints know one, some the other. */
    private static long outputTokens(ClientForm form, Map<String, @Nullable Object> body) {
        return switch (form) {
            case CHAT, COMPLETIONS -> Math.max(limit(body.get("max_completion_tokens")), limit(body.get("max_tokens")));
            case RESPONSES -> limit(body.get("max_output_tokens"));
            case MESSAGES -> limit(body.get("max_tokens"));
            case OLLAMA_CHAT, OLLAMA_GENERATE ->
                body.get("options") instanceof Map<?, ?> options ? limit(options.get("num_predict")) : 0;
            case EMBEDDINGS, OLLAMA_EMBED -> 0;
        };
    }

    private static long limit(@Nullable Object value) {
        return value instanceof Number number ? Math.clamp(number.longValue(), 0, MOST_TOKENS) : 0;
    }

    private static boolean hasImages(@Nullable Object value, int depth) {
        if (depth > DEEPEST) {
            return false;
        }
        return switch (value) {
            case List<?> list -> {
                for (Object item : list) {
                    if (hasImages(item, depth + 1)) {
                        yield true;
                    }
                }
                yield false;
            }
            case Map<?, ?> map ->
                (map.get("type") instanceof String type
                                && (type.equals("image_url") || type.equals("image") || type.equals("input_image")))
                        || (map.get("images") instanceof List<?> images && !images.isEmpty())
                        || hasImages(map.get("content"), depth + 1);
            case null, default -> false;
        };
    }
}
