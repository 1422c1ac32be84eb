package dev.jerboa.gateway.dialect.wire;

import dev.jerboa.model.json.JsonOut;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON objects and their bytes. */
public final class Out {
    private Out() {}

    /** An object of names and values, in turn; it can be added to. */
    public static Map<String, @Nullable Object> map(@Nullable Object... namesAndValues) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
        }
        return map;
    }

    /** Puts a value where there is one. */
    public static void put(Map<String, @Nullable Object> map, String name, @Nullable Object value) {
        if (value != null) {
            map.put(name, value);
        }
    }

    /** A value as JSON in UTF-8, on one line. */
    public static byte[] json(@Nullable Object value) {
        return JsonOut.line(value).getBytes(StandardCharsets.UTF_8);
    }

    /** A server-sent event of data. */
    public static byte[] data(@Nullable Object value) {
        return utf8("data: " + JsonOut.line(value) + "\n\n");
    }

    /** A server-sent event with a name. */
    public static byte[] event(String name, @Nullable Object value) {
        return utf8("event: " + name + "\ndata: " + JsonOut.line(value) + "\n\n");
    }

    public static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
