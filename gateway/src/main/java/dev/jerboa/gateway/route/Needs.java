package dev.jerboa.gateway.route;

import dev.jerboa.gateway.dialect.ClientRequest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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

    private static final List<String> LIMITS = List.of("max_completion_tokens", "max_tokens", "max_output_tokens");
    private static final int DEEPEST = 12;

    public Needs {
        parameters = Set.copyOf(parameters);
    }

    /** @param promptTokens about the tokens of its prompt */
    public static Needs of(ClientRequest request, long promptTokens) {
        Map<String, @Nullable Object> body = request.body();
        Set<String> parameters = new TreeSet<>();
        body.forEach((name, value) -> {
            if (value != null && !PLAIN.contains(name)) {
                parameters.add(name);
            }
        });
        boolean tools = body.get("tools") instanceof List<?> list && !list.isEmpty();
        boolean images = hasImages(body.get("messages"), 0) || hasImages(body.get("input"), 0);
        return new Needs(tools, images, promptTokens, outputTokens(body), parameters);
    }

    private static long outputTokens(Map<String, @Nullable Object> body) {
        for (String name : LIMITS) {
            if (body.get(name) instanceof Number number) {
                return Math.max(0, number.longValue());
            }
        }
        return body.get("options") instanceof Map<?, ?> options && options.get("num_predict") instanceof Number number
                ? Math.max(0, number.longValue())
                : 0;
    }

    private static boolean hasImages(@Nullable Object value, int depth) {
        if (depth > DEEPEST) {
            return false;
        }
        return switch (value) {
            case List<?> list -> list.stream().anyMatch(item -> hasImages(item, depth + 1));
            case Map<?, ?> map ->
                (map.get("type") instanceof String type
                                && (type.equals("image_url") || type.equals("image") || type.equals("input_image")))
                        || (map.get("images") instanceof List<?> images && !images.isEmpty())
                        || hasImages(map.get("content"), depth + 1);
            case null, default -> false;
        };
    }
}
