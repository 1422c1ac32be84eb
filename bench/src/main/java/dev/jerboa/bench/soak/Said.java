package dev.jerboa.bench.soak;

import dev.jerboa.model.json.Json;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an answer says, however it was cut into pieces: the texts of each place in it joined, without what differs each time (ids, times,
 * what was taken over from others).
 */
final class Said {
    private static final Set<String> TEXTS = Set.of(
            "content",
            "reasoning_content",
            "reasoning",
            "text",
            "thinking",
            "response",
            "arguments",
            "partial_json",
            "delta",
            "name",
            "prompt",
            "token",
            "tokens",
            "logprob",
            "token_logprobs",
            "embedding",
            "embeddings",
            "finish_reason",
            "stop_reason",
            "done_reason");
    /** Of which the last one holds. */
    private static final Set<String> COUNTS =
            Set.of("completion_tokens", "output_tokens", "eval_count", "prompt_tokens", "count", "total_tokens");

    private final Map<String, StringBuilder> places = new TreeMap<>();

    private Said() {}

    static String of(Response response) {
        Said said = new Said();
        String type = response.header("content-type");
        if (type.startsWith("text/event-stream")) {
            for (String line : response.text().split("\n")) {
                if (line.startsWith("data: ") && !line.equals("data: [DONE]")) {
                    said.take("", "", Json.parse(line.substring(6), "event"));
                }
            }
        } else if (type.startsWith("application/x-ndjson")) {
            for (String line : response.text().split("\n")) {
                said.take("", "", Json.parse(line, "line"));
            }
        } else {
            said.take("", "", Json.parse(response.text(), "answer"));
        }
        return said.places.toString();
    }

    /** @param name the nearest name above, in which a value or a list of values may be told */
    private void take(String place, String name, @Nullable Object value) {
        switch (value) {
            case Map<?, ?> map -> map.forEach((key, inner) -> take(place + "/" + key, String.valueOf(key), inner));
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    take(place + "/" + index(list.get(i), i), name, list.get(i));
                }
            }
            case null -> {}
            default -> tell(place, name, value.toString());
        }
    }

    /** Streams tell one element of a list at a time, and which one it is. */
    private static Object index(@Nullable Object element, int otherwise) {
        return element instanceof Map<?, ?> map && map.get("index") instanceof Long index ? index : otherwise;
    }

    private void tell(String place, String name, String value) {
        if (COUNTS.contains(name)) {
            places.put(place, new StringBuilder(value));
        } else if (TEXTS.contains(name)) {
            places.computeIfAbsent(place, p -> new StringBuilder()).append(value);
        }
    }
}
