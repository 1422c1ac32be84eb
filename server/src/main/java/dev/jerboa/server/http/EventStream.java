package dev.jerboa.server.http;

import dev.jerboa.model.json.JsonOut;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A reply in pieces, each flushed: server-sent events, or JSON lines. One thread. Writing throws {@link ClientGoneException} where the
 * client is gone.
 */
public final class EventStream implements AutoCloseable {
    private final OutputStream out;
    private final StringBuilder pending = new StringBuilder();

    private EventStream(ServerResponse response, String type) {
        response.header(HeaderNames.CONTENT_TYPE, type);
        response.header(HeaderNames.CACHE_CONTROL, "no-store");
        response.header("X-Accel-Buffering", "no");
        this.out = response.outputStream();
    }

    /** Server-sent events. */
    public static EventStream events(ServerResponse response) {
        return new EventStream(response, "text/event-stream; charset=utf-8");
    }

    /** JSON values, one a line. */
    public static EventStream lines(ServerResponse response) {
        return new EventStream(response, "application/x-ndjson; charset=utf-8");
    }

    /** An event of data; sent with the next {@link #flush}. */
    public void data(@Nullable Object json) {
        pending.append("data: ").append(JsonOut.line(json)).append("\n\n");
    }

    /** An event with a name. */
    public void event(String name, @Nullable Object json) {
        pending.append("event: ").append(name).append('\n');
        data(json);
    }

    /** A line of JSON. */
    public void line(@Nullable Object json) {
        pending.append(JsonOut.line(json)).append('\n');
    }

    /** The text that ends OpenAI's streams. */
    public void done() {
        pending.append("data: [DONE]\n\n");
    }

    /** Something that clients pass over, so that proxies do not think the stream is dead. */
    public void keepAlive() {
        pending.append(": keep-alive\n\n");
    }

    /** Sends what was written. */
    public void flush() {
        try {
            out.write(pending.toString().getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException | CloseConnectionException e) {
            throw new ClientGoneException(e);
        } finally {
            pending.setLength(0);
        }
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException | CloseConnectionException e) {
            throw new ClientGoneException(e);
        }
    }
}
