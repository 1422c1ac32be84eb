package dev.jerboa.gateway.dialect.wire;

import dev.jerboa.model.json.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Members of JSON that strangers send: what is not as it should be is as if it were not there. */
public final class Tree {
    private Tree() {}

    /** A text; {@code ""} where there is none. */
    public static String text(Map<String, ? extends @Nullable Object> map, String name) {
        return map.get(name) instanceof String text ? text : "";
    }

    /** An object; an empty one where there is none. */
    public static Map<String, ? extends @Nullable Object> object(
            Map<String, ? extends @Nullable Object> map, String name) {
        return object(map.get(name));
    }

    /** A value as an object; an empty one where it is none. */
    public static Map<String, ? extends @Nullable Object> object(@Nullable Object value) {
        return value instanceof Map<?, ?> ? Json.asObject(value, "a value") : Map.of();
    }

    /** The elements of an array; none where there is none. */
    public static List<? extends @Nullable Object> list(Map<String, ? extends @Nullable Object> map, String name) {
        return map.get(name) instanceof List<?> list ? list : List.of();
    }

    /** A whole number that is not negative; {@code otherwise} where there is none. */
    public static int whole(Map<String, ? extends @Nullable Object> map, String name, int otherwise) {
        return map.get(name) instanceof Long number && number >= 0 && number <= Integer.MAX_VALUE
                ? number.intValue()
                : otherwise;
    }
}
