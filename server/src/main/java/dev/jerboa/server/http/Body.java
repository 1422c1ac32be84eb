package dev.jerboa.server.http;

import dev.jerboa.model.ModelException;
import dev.jerboa.model.json.Json;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpMediaType;
import io.helidon.http.RequestException;
import io.helidon.webserver.http.ServerRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads bodies of requests within limits. */
public final class Body {
    private static final System.Logger LOG = System.getLogger(Body.class.getName());
    private static final int DEEPEST = 64;
    private static final int MOST_AT_ONCE = 64 << 10;
    private static final long MOST_LINGERING = 64L << 20;
    private static final long LINGERING_NANOS = 30_000_000_000L;
    /** What stands in a text for bytes that are none. */
    private static final char INSTEAD = '\uFFFD';

    private Body() {}

    /**
     * A body that was read.
     *
     * @param bytes as they came
     * @param object what they say
     */
    public record Whole(byte[] bytes, Map<String, @Nullable Object> object) {}

    /** What a body is taken to say in place of what is still to be read: whoever read it registers it in the request's context. */
    public record Given(Map<String, @Nullable Object> object) {}

    /**
     * The body, which has to be a JSON object.
     *
     * @param mostBytes a longer body is refused
     */
    public static Whole whole(ServerRequest request, int mostBytes) {
        byte[] bytes = bytes(request, mostBytes);
        return new Whole(bytes, object(json(request, bytes)));
    }

    /**
     * The body as the fields of a JSON object.
     *
     * @param mostBytes a longer body is refused
     */
    public static Fields fields(ServerRequest request, int mostBytes) {
        return request.context()
                .get(Given.class)
                .map(given -> new Fields(given.object(), ""))
                .orElseGet(() -> new Fields(whole(request, mostBytes).object(), ""));
    }

    /**
     * The body as text.
     *
     * @param mostBytes a longer body is refused
     */
    public static String text(ServerRequest request, int mostBytes) {
        return text(bytes(request, mostBytes));
    }

    private static Map<String, @Nullable Object> object(@Nullable Object value) {
        if (!(value instanceof Map<?, ?>)) {
            throw HttpError.of(
                    HttpError.Kind.BAD_REQUEST, "the request body: expected a JSON object, found " + Json.kind(value));
        }
        return Json.asObject(value, "the request body");
    }

    private static @Nullable Object json(ServerRequest request, byte[] bytes) {
        String text = text(bytes);
        Object value;
        try {
            value = Json.parse(text, "the request body");
        } catch (ModelException e) {
            throw HttpError.of(HttpError.Kind.BAD_REQUEST, e.getMessage() + type(request));
        }
        requireShallow(value, 0);
        return value;
    }

    /** What a body is said to be, where it is not JSON: many clients send JSON under another name, which is read too. */
    private static String type(ServerRequest request) {
        return request.headers()
                .contentType()
                .map(HttpMediaType::text)
                .filter(type -> !type.contains("json"))
                .map(type -> "; expected JSON, found the content type " + type)
                .orElse("");
    }

    private static byte[] bytes(ServerRequest request, int mostBytes) {
        long said = request.headers().contentLength().orElse(-1);
        if (said > mostBytes) { // before the client is told to go on
            throw tooLong(mostBytes);
        }
        byte[] bytes;
        try {
            Connections.awaitBody(mostBytes);
            InputStream in = request.content().inputStream(); // to close it would be to wait for the rest
            bytes = bytes(in, said, mostBytes + 1);
        } catch (DataReader.InsufficientDataAvailableException e) {
            throw new ClientGoneException(e); // the connection ended within the body
        } catch (IOException
                | IllegalStateException
                | IllegalArgumentException
                | RequestException
                | DataReader.IncorrectNewLineException e) {
            Connections.endWithThisRequest(); // nobody knows where the next request would begin
            throw HttpError.of(HttpError.Kind.BAD_REQUEST, "the request body could not be read: " + e.getMessage());
        }
        if (bytes.length > mostBytes) {
            throw tooLong(mostBytes);
        }
        return bytes;
    }

    /**
     * Reads on for a while what a client sends of a body that was refused: most send all of it before they look for an answer, and would
     * find the connection reset.
     */
    public static void linger(ServerRequest request) {
        boolean waits = request.headers().contains(HeaderNames.EXPECT); // for a word that it may go on
        long left = request.headers().contentLength().orElse(MOST_LINGERING);
        if (waits || left > MOST_LINGERING) {
            return;
        }
        byte[] some = new byte[MOST_AT_ONCE];
        try {
            InputStream in = request.content().inputStream();
            long began = System.nanoTime();
            for (int count = 0; count >= 0 && left > 0 && System.nanoTime() - began < LINGERING_NANOS; left -= count) {
                count = in.read(some);
            }
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> "a client whose body was refused went: " + e);
        }
    }

    private static HttpError tooLong(int mostBytes) {
        return HttpError.of(
                HttpError.Kind.TOO_LARGE, "the request body is longer than the " + mostBytes + " bytes that are read");
    }

    /** What can be read, up to a limit: at once where a small length is said, since {@code readNBytes} begins with 16 KB. */
    private static byte[] bytes(InputStream in, long length, int most) throws IOException {
        if (length < 0 || length > MOST_AT_ONCE || length > most) {
            return in.readNBytes(most);
        }
        byte[] bytes = new byte[(int) length];
        int count = in.readNBytes(bytes, 0, bytes.length);
        byte[] more = in.readNBytes(1); // also has the end be noticed
        if (count == bytes.length && more.length == 0) {
            return bytes;
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream(); // it was compressed
        all.write(bytes, 0, count);
        all.writeBytes(more);
        all.writeBytes(in.readNBytes(most - all.size()));
        return all.toByteArray();
    }

    private static String text(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8); // many characters at a time
        if (text.indexOf(INSTEAD) < 0) {
            return text;
        }
        try { // the sign may have been sent, or stand for what is no text
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw HttpError.of(HttpError.Kind.BAD_REQUEST, "the request body is not UTF-8");
        }
    }

    private static void requireShallow(@Nullable Object value, int depth) {
        if (depth > DEEPEST) {
            throw HttpError.of(
                    HttpError.Kind.BAD_REQUEST, "the request body is nested deeper than " + DEEPEST + " levels");
        }
        if (value instanceof Map<?, ?> map) {
            map.values().forEach(inner -> requireShallow(inner, depth + 1));
        } else if (value instanceof List<?> list) {
            list.forEach(inner -> requireShallow(inner, depth + 1));
        }
    }
}
