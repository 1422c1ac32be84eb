package dev.jerboa.server.gateway;

import dev.jerboa.gateway.upstream.ReplySink;
import dev.jerboa.server.http.ClientGoneException;
import dev.jerboa.server.http.ClientWatch;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The client of one request, as the gateway replies to it. A reply that is not flushed before its end is sent as a whole, with its length.
 * One thread.
 */
final class Client implements ReplySink {
    private final ServerRequest request;
    private final ServerResponse response;
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
    private boolean begun;
    private @Nullable OutputStream out;
    private @Nullable ClientWatch watch;

    Client(ServerRequest request, ServerResponse response) {
        this.request = request;
        this.response = response;
    }

    ServerRequest request() {
        return request;
    }

    ServerResponse response() {
        return response;
    }

    /** A handler of this server's has begun the reply by itself: the rest goes to the same stream. */
    void begunBy(OutputStream stream) {
        begun = true;
        out = stream;
    }

    @Override
    public void begin(int status, Map<String, String> headers) {
        if (begun) {
            throw new IllegalStateException("a reply that has begun was begun again");
        }
        begun = true;
        if (out == null) {
            response.status(Status.create(status));
            set(headers);
        }
    }

    @Override
    public void tell(Map<String, String> headers) {
        set(headers);
    }

    private void set(Map<String, String> headers) {
        headers.forEach((name, value) -> response.header(HeaderNames.create(name), value));
    }

    @Override
    public boolean hasBegun() {
        return begun;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        pending.write(bytes, offset, length);
    }

    @Override
    public void flush() {
        if (pending.size() > 0) {
            try {
                OutputStream to = out == null ? out = response.outputStream() : out;
                pending.writeTo(to);
                to.flush();
            } catch (IOException | CloseConnectionException e) {
                throw gone(e);
            } finally {
                pending.reset();
            }
        }
    }

    private static ClientGoneException gone(Exception cause) {
        return cause instanceof ClientGoneException known
                ? known
                : new ClientGoneException("the client reads no more: " + cause);
    }

    @Override
    public void waiting(Map<String, String> headers, byte[] bytes) {
        if (out == null && !begun) {
            set(headers);
        }
        pending.write(bytes, 0, bytes.length);
        flush();
    }

    @Override
    public boolean isOpen() {
        return out != null;
    }

    @Override
    public void whenGone(@Nullable Runnable gone) {
        unwatch();
        if (gone != null) {
            watch = ClientWatch.begin(gone);
        }
    }

    private void unwatch() {
        ClientWatch before = watch;
        if (before != null) {
            watch = null;
            before.close();
        }
    }

    /** Sends what is left, and ends the reply. */
    void finish() {
        unwatch();
        OutputStream to = out;
        if (to == null) {
            response.send(pending.toByteArray());
            return;
        }
        try {
            pending.writeTo(to);
            to.close();
        } catch (IOException | CloseConnectionException e) {
            throw gone(e);
        }
    }
}
