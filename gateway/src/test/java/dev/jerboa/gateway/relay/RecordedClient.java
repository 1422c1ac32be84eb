package dev.jerboa.gateway.relay;

import dev.jerboa.gateway.upstream.ReplySink;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A client in memory, which can go away. */
final class RecordedClient implements ReplySink {
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
    private final Map<String, String> headers = new LinkedHashMap<>();
    private int status;
    private boolean begun;
    private boolean open;
    private int flushes;
    private volatile boolean left;
    private int leaveAfterFlushes = Integer.MAX_VALUE;
    private @Nullable Runnable gone;

    /** Goes away when so many pieces have come. */
    RecordedClient leavingAfter(int pieces) {
        leaveAfterFlushes = pieces;
        return this;
    }

    /** Goes away now. */
    void leave() {
        left = true;
        Runnable told;
        synchronized (this) {
            told = gone;
        }
        if (told != null) {
            told.run();
        }
    }

    private void requireThere() {
        if (left) {
            throw new IllegalStateException("the client left");
        }
    }

    @Override
    public void tell(Map<String, String> more) {
        headers.putAll(more);
    }

    @Override
    public void begin(int newStatus, Map<String, String> newHeaders) {
        requireThere();
        if (begun) {
            throw new AssertionError("begun twice");
        }
        begun = true;
        if (!open) {
            status = newStatus;
            headers.putAll(newHeaders);
        }
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
            requireThere();
            open = true;
            body.writeBytes(pending.toByteArray());
            pending.reset();
            if (++flushes >= leaveAfterFlushes) {
                leave();
            }
        }
    }

    @Override
    public void waiting(Map<String, String> newHeaders, byte[] bytes) {
        if (!begun && !open) {
            status = 200;
            headers.putAll(newHeaders);
        }
        pending.writeBytes(bytes);
        flush();
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public void whenGone(@Nullable Runnable newGone) {
        synchronized (this) {
            gone = newGone;
        }
        if (left && newGone != null) {
            newGone.run();
        }
    }

    int status() {
        return status;
    }

    Map<String, String> headers() {
        return headers;
    }

    /** Everything, as when the server has ended the reply. */
    String text() {
        return body.toString(StandardCharsets.UTF_8) + pending.toString(StandardCharsets.UTF_8);
    }

    /** What had gone out before the reply was ended. */
    String sentBeforeEnd() {
        return body.toString(StandardCharsets.UTF_8);
    }
}
