package dev.jerboa.gateway.upstream;

import dev.jerboa.gateway.dialect.ByteSink;
import java.io.ByteArrayOutputStream;
import java.util.Map;

/**
 * The way of one attempt's reply to the client. What comes before the first content is kept, so that another endpoint can answer in its
 * place. One thread.
 */
final class ToClient implements ByteSink {
    /** What an endpoint says before its first content is not longer. */
    private static final int MOST_BEFORE = 256 << 10;

    /** The client is gone; the sink knows why. */
    static final class GoneException extends RuntimeException {
        private static final long serialVersionUID = 1;

        GoneException() {
            super("the client is gone", null, false, false);
        }
    }

    private final ReplySink sink;
    private final ByteArrayOutputStream before = new ByteArrayOutputStream(0);
    private Map<String, String> headers = Map.of();
    private boolean committed;

    ToClient(ReplySink sink) {
        this.sink = sink;
    }

    void headers(Map<String, String> given) {
        headers = given;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        if (committed) {
            send(() -> sink.write(bytes, offset, length));
        } else {
            before.write(bytes, offset, length);
            if (before.size() > MOST_BEFORE) {
                commit();
            }
        }
    }

    /** From now on no other endpoint can answer. */
    void commit() {
        if (!committed) {
            committed = true;
            byte[] kept = before.toByteArray();
            before.reset();
            send(() -> {
                sink.begin(200, headers);
                sink.write(kept, 0, kept.length);
            });
        }
    }

    boolean isCommitted() {
        return committed;
    }

    void flush() {
        if (committed) {
            send(sink::flush);
        }
    }

    /** Sends what clients pass over. */
    void waiting(byte[] bytes) {
        send(() -> sink.waiting(headers, bytes));
    }

    private static void send(Runnable sending) {
        try {
            sending.run();
        } catch (RuntimeException e) {
            throw new GoneException();
        }
    }
}
