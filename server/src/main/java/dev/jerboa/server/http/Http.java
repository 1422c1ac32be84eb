package dev.jerboa.server.http;

import dev.jerboa.model.json.JsonOut;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Small parts of answers. */
public final class Http {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int LONGEST_WARNING = 300;

    private Http() {}

    /** Sends a JSON value. */
    public static void json(ServerResponse response, @Nullable Object value) {
        response.header(HeaderNames.CONTENT_TYPE, "application/json; charset=utf-8");
        response.send(JsonOut.line(value).getBytes(StandardCharsets.UTF_8));
    }

    /** Sends a JSON value with a status. */
    public static void json(ServerResponse response, int status, @Nullable Object value) {
        response.status(Status.create(status));
        json(response, value);
    }

    public static void text(ServerResponse response, String type, String text) {
        response.header(HeaderNames.CONTENT_TYPE, type);
        response.send(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Names what was ignored in headers; to be called before anything is sent. */
    public static void warn(ServerResponse response, List<String> warnings) {
        for (String warning : warnings) {
            response.header("X-Jerboa-Warning", ascii(warning));
        }
    }

    /** A header's value: printable ASCII, not too long. */
    private static String ascii(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length() && out.length() < LONGEST_WARNING; i++) {
            char c = text.charAt(i);
            out.append(c >= ' ' && c < 127 ? c : '?');
        }
        return out.toString();
    }

    /** A fresh id. */
    public static String id(String prefix) {
        byte[] bytes = new byte[12];
        RANDOM.nextBytes(bytes);
        return prefix + HexFormat.of().formatHex(bytes);
    }

    /** Seconds since 1970. */
    public static long now() {
        return System.currentTimeMillis() / 1000;
    }
}
