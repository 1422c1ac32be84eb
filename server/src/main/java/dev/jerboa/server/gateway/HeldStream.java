package dev.jerboa.server.gateway;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.BooleanSupplier;

/**
 * A reply of this server's on its way to the client: from a moment on it is held back, and it is not ended by the one who writes it. One
 * thread.
 */
final class HeldStream extends OutputStream {
    private final OutputStream out;
    private final BooleanSupplier held;
    private final ByteArrayOutputStream tail = new ByteArrayOutputStream();
    private boolean sent;

    /** @param held whether what is written now is the end of the reply */
    HeldStream(OutputStream out, BooleanSupplier held) {
        this.out = out;
        this.held = held;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (held.getAsBoolean()) {
            tail.write(bytes, offset, length);
        } else {
            sent = true;
            out.write(bytes, offset, length);
        }
    }

    @Override
    public void flush() throws IOException {
        if (sent) {
            out.flush();
        }
    }

    /** Only whoever has the stream below ends the reply. */
    @Override
    public void close() {}

    /** Where the rest of the reply goes. */
    OutputStream below() {
        return out;
    }

    byte[] tail() {
        return tail.toByteArray();
    }

    /** Whether anything has gone to the client. */
    boolean hasSent() {
        return sent;
    }
}
